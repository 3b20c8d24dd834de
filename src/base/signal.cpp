#include "base/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/system/system_error.hpp>

namespace convoke {
namespace {

/// notify() and cancellation of the waiter look the same to a timer; the coroutine's own state tells them apart.
void unwind_if_cancelled(const asio::cancellation_state& state) {
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace

void Signal::notify() {
  timer_.cancel();
  for (Timed& waiter : timed_) waiter.timer.cancel();
}

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
