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
  // Our own cancellation has done its work on the body; the wait below must not be cut short by it.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  cancel();
  co_await drained();
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
