// The templates of base/task.hpp.
#pragma once
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <expected>

#include "base/answer.hpp"
#include "base/task.hpp"

namespace convoke {

template <class T>
Task<T> run_on(Executor executor, std::function<Task<T>()> body) {
  co_return co_await asio::co_spawn(
      executor, [body = std::move(body)]() -> Task<T> { co_return co_await body(); }, asio::use_awaitable);
}

template <class T>
Task<T> offload(Executor pool, std::function<T()> work) {
  using Outcome = std::expected<T, std::exception_ptr>;
  // The task itself never runs on the pool: its loop may cancel it at any time.
  auto outcome = co_await await_answer<Outcome>([&](Answer<Outcome> answer) {
    asio::post(pool, [&work, answer = std::move(answer)]() mutable {
      try {
        answer.send(work());
      } catch (...) {
        answer.send(std::unexpected(std::current_exception()));
      }
    });
  });
  if (!outcome) std::rethrow_exception(outcome.error());
  co_return *std::move(outcome);
}

namespace detail {
template <class T>
Task<Result<T>> expire_at(Deadline deadline, std::string what) {
  co_await sleep_until(deadline);
  co_return fail(Errc::timed_out, what + " took too long");
}
}  // namespace detail

template <class T>
Task<Result<T>> with_deadline(Deadline deadline, std::string what, Task<Result<T>> work) {
  using namespace asio::experimental::awaitable_operators;
  // The branches return errors as values: `||` would wait out the deadline if the work threw.
  auto first = co_await (std::move(work) || detail::expire_at<T>(deadline, std::move(what)));
  co_return std::visit([](auto&& result) -> Result<T> { return std::move(result); }, std::move(first));
}

}  // namespace convoke
