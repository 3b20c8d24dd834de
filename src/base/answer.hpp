#pragma once
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>

namespace convoke {

// base/task.hpp is built on this file, so `Task` and `Executor` have no names here yet.
namespace asio = boost::asio;

/// Runs `work` on `loop`, another thread's, once this call is done with the loop. `asio::post` alone still touches the
/// loop while `work` runs already, and what `work` wakes may be the last thing the loop was kept for.
template <class Work>
void hand_over(const asio::any_io_executor& loop, Work work) {
  auto left = std::make_shared<std::atomic_flag>();
  asio::post(loop, [left, work = std::move(work)]() mutable {
    left->wait(false);
    work();
  });
  left->test_and_set();
  left->notify_one();
}

/// The far end of an `await_answer`: whoever holds it, on any thread, wakes the waiting task with a value. To be used
/// exactly once, by `send` or by `deliver`.
template <class T>
class Answer {
 public:
  template <class Handler>
  explicit Answer(Handler handler)
      : loop_(asio::get_associated_executor(handler)),
        resume_([handler = std::move(handler)](T value) mutable { std::move(handler)(std::move(value)); }) {}

  /// The loop the task waits on.
  const asio::any_io_executor& loop() const { return loop_; }

  /// Wakes the task on its loop. Callable from any thread.
  void send(T value) {
    hand_over(loop_, [resume = std::move(resume_), value = std::move(value)]() mutable { resume(std::move(value)); });
  }

  /// Wakes the task at once. Only on its loop: for those who wake many tasks with one `hand_over`.
  void deliver(T value) { resume_(std::move(value)); }

 private:
  asio::any_io_executor loop_;
  std::move_only_function<void(T)> resume_;
};

/// Waits until somebody uses the `Answer` that `start` is given. The task stays on its own loop throughout. Cancelling
/// it does not shorten the wait, so `start` may hand out references to what the task owns.
template <class T>
asio::awaitable<T> await_answer(std::move_only_function<void(Answer<T>)> start) {
  auto initiate = [start = std::move(start)](auto handler) mutable { start(Answer<T>(std::move(handler))); };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(std::move(initiate),
                                                                                  asio::use_awaitable);
}

}  // namespace convoke
