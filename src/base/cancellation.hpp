#pragma once
#include <boost/system/system_error.hpp>

#include "base/task.hpp"

namespace convoke::net {

/// An operation awaited with its error as a value reports cancellation of the caller as an error too. Call this on the
/// error path: it unwinds a caller that was cancelled, and returns if the operation failed for another reason.
inline Task<> unwind_if_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace convoke::net
