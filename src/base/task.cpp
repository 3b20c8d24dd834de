#include "base/task.hpp"

#include <boost/asio/multiple_exceptions.hpp>
#include <boost/system/system_error.hpp>

namespace convoke {

bool is_cancellation(std::exception_ptr error) {
  if (!error) return false;
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (const asio::multiple_exceptions& e) {
    // `a || b` unwinds with this when both were cancelled.
    return is_cancellation(e.first_exception());
  } catch (...) {
    return false;
  }
}

Task<> sleep_until(Deadline when) {
  asio::steady_timer timer(co_await asio::this_coro::executor, when);
  co_await timer.async_wait(asio::use_awaitable);
}

Task<> sleep_for(SteadyClock::duration duration) { return sleep_until(SteadyClock::now() + duration); }

Task<> yield_to_loop() {
  const Executor here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
}

}  // namespace convoke
