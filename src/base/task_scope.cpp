#include "base/task_scope.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <cassert>

namespace convoke {

TaskScope::TaskScope(Executor executor, Log log) : executor_(executor), log_(std::move(log)), changed_(executor) {}

TaskScope::~TaskScope() { assert(children_.empty() && "a TaskScope was destroyed before its tasks ended"); }

void TaskScope::spawn(std::string_view what, Task<> task) {
  const auto child = children_.emplace(children_.end());
  auto finished = [this, child, what = std::string(what)](std::exception_ptr error) {
    if (error && !is_cancellation(error)) log_.bug(what, error);
    children_.erase(child);
    changed_.notify();
  };
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(child->slot(), std::move(finished)));
}

Task<> TaskScope::run(Task<> body) {
  std::exception_ptr outcome;
  try {
    co_await std::move(body);
  } catch (...) {
    outcome = std::current_exception();
  }
  cancel();
  while (!children_.empty()) {
    // A cancellation of our own, before or during the wait, must not leave a child behind: it is kept for later.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    try {
      co_await drained();
    } catch (...) {
      if (!outcome) outcome = std::current_exception();
    }
  }
  if (outcome) std::rethrow_exception(outcome);
}

Task<> TaskScope::drained() {
  while (!children_.empty()) co_await changed_.wait();
}

void TaskScope::cancel() {
  // A child may end, and leave the list, while it is being told.
  for (auto child = children_.begin(); child != children_.end();) {
    const auto next = std::next(child);
    child->emit(asio::cancellation_type::terminal);
    child = next;
  }
}

}  // namespace convoke
