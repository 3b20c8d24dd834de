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
  // The wait must not be cut short by a cancellation of ours, whether it came before or comes now; nor may that be
  // forgotten: the state stays as it is, and whoever awaits us next unwinds by it.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  cancel();
  if (!children_.empty()) {
    auto apart = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
    co_await asio::co_spawn(executor_, drained(), std::move(apart));
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
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
