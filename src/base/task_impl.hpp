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
#include <memory>
#include <optional>

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
/// Outlives the one who waits: the timer's handler may be queued already when the work ends.
struct DeadlineWatch {
  explicit DeadlineWatch(Executor executor, Deadline deadline) : timer(executor, deadline) {}
  asio::steady_timer timer;
  asio::cancellation_signal cancel;  ///< of the work
  bool has_ended = false;
  bool has_expired = false;
};
std::shared_ptr<DeadlineWatch> watch_deadline(Executor executor, Deadline deadline);
}  // namespace detail

// Not `work || sleep_until(deadline)`: that spawns both and unwinds the one that lost with an exception, which for a
// call that succeeds is most of its cost.
template <class T>
Task<Result<T>> with_deadline(Deadline deadline, std::string what, Task<Result<T>> work) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto watch = detail::watch_deadline(executor, deadline);
  auto caller = (co_await asio::this_coro::cancellation_state).slot();
  if (caller.is_connected()) caller.assign([watch](asio::cancellation_type type) { watch->cancel.emit(type); });
  std::optional<Result<T>> result;
  std::exception_ptr thrown;
  try {
    auto cancellable = asio::bind_cancellation_slot(watch->cancel.slot(), asio::use_awaitable);
    result = co_await asio::co_spawn(executor, std::move(work), std::move(cancellable));
  } catch (...) {
    thrown = std::current_exception();
  }
  if (caller.is_connected()) caller.clear();
  watch->has_ended = true;
  watch->timer.cancel();
  if (watch->has_expired && (!thrown || is_cancellation(thrown))) {
    co_return fail(Errc::timed_out, what + " took too long");
  }
  if (thrown) std::rethrow_exception(thrown);
  co_return *std::move(result);
}

}  // namespace convoke
