#include "base/signal.hpp"

#include <boost/asio/as_tuple.hpp>

#include "base/cancellation.hpp"

namespace convoke {

void Signal::notify() {
  timer_.cancel();
  for (Timed& waiter : timed_) waiter.timer.cancel();
}

// notify() and cancellation of the waiter look the same to a timer; the coroutine's own state tells them apart.

Task<> Signal::wait() {
  co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  unwind_if_cancelled(co_await asio::this_coro::cancellation_state);
}

Task<bool> Signal::wait_until(Deadline deadline) {
  Timed waiter(timer_.get_executor(), deadline);
  timed_.push_back(waiter);
  const auto [error] = co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  unwind_if_cancelled(co_await asio::this_coro::cancellation_state);
  co_return error == asio::error::operation_aborted;
}

}  // namespace convoke
