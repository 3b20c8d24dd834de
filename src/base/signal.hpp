#pragma once
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

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
  void notify();

  /// Returns at the next `notify`; unwinds if the waiting task is cancelled.
  Task<> wait();

  /// As `wait`, but returns false once `deadline` has passed without a `notify`.
  Task<bool> wait_until(Deadline deadline);

 private:
  /// One task with a deadline. Whichever goes first, it or the signal, they forget each other.
  struct Timed : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Timed(const Executor& executor, Deadline deadline) : timer(executor, deadline) {}
    asio::steady_timer timer;
  };

  asio::steady_timer timer_;  ///< of all who wait without one
  boost::intrusive::list<Timed, boost::intrusive::constant_time_size<false>> timed_;
};

}  // namespace convoke
