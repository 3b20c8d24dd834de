#include "base/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/system/system_error.hpp>

namespace convoke {

Task<> Signal::wait() {
  co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  // notify() and cancellation of the waiter look the same to the timer; the coroutine's own state tells them apart.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

Task<bool> Signal::wait_until(Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;
  const auto first = co_await (wait() || sleep_until(deadline));
  co_return first.index() == 0;
}

}  // namespace convoke
