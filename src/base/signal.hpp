#pragma once
#include <boost/asio/steady_timer.hpp>

#include "base/task.hpp"

namespace convoke {

/// Wakes tasks of one loop that wait for "something changed". The waiter re-checks its condition in a loop:
///
///     while (queue.empty()) co_await changed.wait();
///
/// Between the check and the wait nothing can happen, since both run on the same loop. Used from its loop only.
class Signal {
 public:
  explicit Signal(Executor executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

  /// Wakes every task that waits now.
  void notify() { timer_.cancel(); }

  /// Returns at the next `notify`; unwinds if the waiting task is cancelled.
  Task<> wait();

  /// As `wait`, but returns false once `deadline` has passed without a `notify`.
  Task<bool> wait_until(Deadline deadline);

 private:
  asio::steady_timer timer_;
};

}  // namespace convoke
