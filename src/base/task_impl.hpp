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

#include "base/task.hpp"

namespace convoke {

template <class T>
Task<T> run_on(Executor executor, std::function<Task<T>()> body) {
  co_return co_await asio::co_spawn(
      executor, [body = std::move(body)]() -> Task<T> { co_return co_await body(); }, asio::use_awaitable);
}

template <class T>
Task<T> offload(Executor pool, std::function<T()> work) {
  const Executor home = co_await asio::this_coro::executor;
  co_await asio::post(pool, asio::bind_executor(pool, asio::use_awaitable));
  std::exception_ptr bug;
  std::optional<T> value;
  try {
    value.emplace(work());
  } catch (...) {
    bug = std::current_exception();
  }
  co_await asio::post(home, asio::bind_executor(home, asio::use_awaitable));
  if (bug) std::rethrow_exception(bug);
  co_return std::move(*value);
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
