#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "base/result.hpp"

namespace convoke {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A unit of asynchronous work. It does nothing until awaited: await it in the expression that made it, or hand it to
/// a TaskScope. Errors are values (`Result`); cancellation unwinds it with an exception nobody but the owner catches.
template <class T = void>
using Task = asio::awaitable<T>;

using Executor = asio::any_io_executor;
using SteadyClock = std::chrono::steady_clock;
using Deadline = SteadyClock::time_point;

/// True if `error` is how asio unwinds a cancelled coroutine.
bool is_cancellation(std::exception_ptr error);

/// Waits until `when`. Cancellable.
Task<> sleep_until(Deadline when);
Task<> sleep_for(SteadyClock::duration duration);

/// Lets other work of this loop run first.
Task<> yield_to_loop();

/// Runs `body` on the loop of `executor` and returns its value here, on the caller's loop. Cancelling the caller
/// cancels the body. `body` is copied to the other loop: it must own, or outlive by other means, all it uses.
template <class T>
Task<T> run_on(Executor executor, std::function<Task<T>()> body);

/// Runs blocking `work` on `pool` (an asio::thread_pool's executor) and resumes on the caller's loop. Blocking work
/// cannot be cancelled half-way: the caller waits for it, so `work` may use references.
template <class T>
Task<T> offload(Executor pool, std::function<T()> work);

/// The work's own result, or `timed_out` with `what` in its message once `deadline` has passed and the work has
/// unwound.
template <class T>
Task<Result<T>> with_deadline(Deadline deadline, std::string what, Task<Result<T>> work);

}  // namespace convoke

#include "base/task_impl.hpp"
