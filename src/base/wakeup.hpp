#pragma once
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <functional>

#include "base/task.hpp"

namespace convoke {

/// A Signal for one waiter, who comes and goes so often that the timer of a Signal would be felt. Used from its loop
/// only.
class Wakeup {
 public:
  Wakeup() = default;
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  /// Wakes the task that waits now, if one does. It runs when the caller has let go of the loop.
  void notify() {
    if (resume_) std::exchange(resume_, nullptr)();
  }

  /// Returns at the next `notify`; unwinds if the waiting task is cancelled. One task at a time.
  Task<> wait();

 private:
  std::move_only_function<void()> resume_;
};

}  // namespace convoke
