#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <optional>

#include "base/task.hpp"

namespace convoke {

/// Lets others stop a piece of work whose caller goes on. Cheaper than racing the work against a Signal, which unwinds
/// with an exception even when nobody stops it. Neither copied nor moved; used from its loop only.
class StopSwitch {
 public:
  StopSwitch() = default;
  StopSwitch(const StopSwitch&) = delete;
  StopSwitch& operator=(const StopSwitch&) = delete;

  /// The work's value; nothing if it was stopped, which it has unwound from then. One piece of work at a time.
  template <class T>
  Task<std::optional<T>> run(Task<T> work);

  /// Stops the work that runs now.
  void stop() {
    was_stopped_ = true;
    signal_.emit(asio::cancellation_type::terminal);
  }

 private:
  asio::cancellation_signal signal_;
  bool was_stopped_ = false;
};

template <class T>
Task<std::optional<T>> StopSwitch::run(Task<T> work) {
  was_stopped_ = false;
  auto caller = (co_await asio::this_coro::cancellation_state).slot();
  if (caller.is_connected()) caller.assign([this](asio::cancellation_type type) { signal_.emit(type); });
  std::optional<T> value;
  std::exception_ptr thrown;
  try {
    auto stoppable = asio::bind_cancellation_slot(signal_.slot(), asio::use_awaitable);
    value = co_await asio::co_spawn(co_await asio::this_coro::executor, std::move(work), std::move(stoppable));
  } catch (...) {
    thrown = std::current_exception();
  }
  if (caller.is_connected()) caller.clear();
  if (thrown && !(was_stopped_ && is_cancellation(thrown))) std::rethrow_exception(thrown);
  co_return value;
}

}  // namespace convoke
