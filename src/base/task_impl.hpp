// The templates of base/task.hpp.
#pragma once
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
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

namespace detail {
/// What came of work on another loop: its value, or what it threw.
template <class T>
using Outcome = std::expected<T, std::exception_ptr>;

template <class T>
Task<> answer_with(std::function<Task<T>()> body, Answer<Outcome<T>> answer) {
  Outcome<T> outcome = std::unexpected(std::exception_ptr());
  try {
    if constexpr (std::is_void_v<T>) {
      co_await body();
      outcome.emplace();
    } else {
      outcome = co_await body();
    }
  } catch (...) {
    outcome = std::unexpected(std::current_exception());
  }
  answer.send(std::move(outcome));
}
}  // namespace detail

// Not simply `co_await co_spawn(executor, body, use_awaitable)`: asio 1.81 keeps the far coroutine's cancellation state
// in the caller's memory and its hold on the caller's loop in the far coroutine, and each may outlive the other.
template <class T>
Task<T> run_on(Executor executor, std::function<Task<T>()> body) {
  auto here = (co_await asio::this_coro::cancellation_state).slot();
  const auto cancel = std::make_shared<asio::cancellation_signal>();  // listened to and emitted on the far loop only
  auto outcome = co_await await_answer<detail::Outcome<T>>([&](Answer<detail::Outcome<T>> answer) {
    asio::post(executor, [executor, cancel, body = std::move(body), answer = std::move(answer)]() mutable {
      auto work = detail::answer_with<T>(std::move(body), std::move(answer));
      asio::co_spawn(executor, std::move(work),
                     asio::bind_cancellation_slot(cancel->slot(), [cancel](std::exception_ptr) {}));
    });
    if (!here.is_connected()) return;
    here.assign([executor, cancel](asio::cancellation_type) {
      asio::post(executor, [cancel] { cancel->emit(asio::cancellation_type::terminal); });
    });
  });
  if (here.is_connected()) here.clear();
  if (!outcome) std::rethrow_exception(outcome.error());
  if constexpr (!std::is_void_v<T>) co_return *std::move(outcome);
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
