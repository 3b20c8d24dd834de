#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <string_view>

#include "base/log.hpp"
#include "base/signal.hpp"
#include "base/task.hpp"

namespace convoke {

/// Owns background tasks of one loop: none of them outlives `run`. Neither copied nor moved; used from its loop only.
///
///     TaskScope turns(executor, log);
///     co_await turns.run(read_frames());   // which may call turns.spawn(...)
class TaskScope {
 public:
  TaskScope(Executor executor, Log log);
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// Starts `task`. Everything it refers to must outlive the scope. An exception that is not a cancellation is a bug:
  /// it is logged under `what` and ends only that task.
  void spawn(std::string_view what, Task<> task);

  /// Awaits `body`; when that ends, by return, exception or cancellation, cancels every spawned task, waits for the
  /// last one, and only then returns or rethrows.
  Task<> run(Task<> body);

  /// Waits until no task is left, without cancelling any.
  Task<> drained();

  /// Cancels every task that runs now; `drained` tells when they have unwound.
  void cancel();

  std::size_t size() const { return children_.size(); }

 private:
  Executor executor_;
  Log log_;
  std::list<asio::cancellation_signal> children_;
  Signal changed_;
};

}  // namespace convoke
