#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "base/task.hpp"

namespace convoke {

/// Runs `task` to its end on `loop` and returns its value; rethrows what it throws. For tests and small programs.
template <class T>
T run(asio::io_context& loop, Task<T> task) {
  std::exception_ptr bug;
  if constexpr (std::is_void_v<T>) {
    bool done = false;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr e) { bug = e, done = true, loop.stop(); });
    loop.restart();
    while (!done) loop.run(), loop.restart();
    if (bug) std::rethrow_exception(bug);
  } else {
    std::optional<T> value;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr e, T v) {
      bug = e;
      if (!e) value.emplace(std::move(v));
      loop.stop();
    });
    loop.restart();
    loop.run();
    if (bug) std::rethrow_exception(bug);
    return std::move(*value);
  }
}

/// As above, on a loop of its own, which is gone afterwards: not for tasks that other threads answer to.
template <class T>
T run(Task<T> task) {
  asio::io_context loop(1);
  return run(loop, std::move(task));
}

}  // namespace convoke
