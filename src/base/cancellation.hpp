#pragma once
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "base/task.hpp"

namespace convoke {

/// Unwinds, as asio does, a coroutine whose state tells that it was cancelled.
inline void unwind_if_cancelled(const asio::cancellation_state& state) {
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

/// An operation awaited with its error as a value reports cancellation of the caller as an error too. Call this on the
/// error path: it unwinds a caller that was cancelled, and returns if the operation failed for another reason.
inline Task<> unwind_if_cancelled() { unwind_if_cancelled(co_await asio::this_coro::cancellation_state); }

}  // namespace convoke
