#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"

namespace convoke::net {

struct ChildCommand {
  std::string program;  ///< a path, or a name looked up in PATH of `environment` (without one, in the usual folders)
  std::vector<std::string> arguments{};
  /// The whole environment of the child: nothing else is inherited.
  std::map<std::string, std::string> environment{};
  std::string working_directory{};  ///< empty: ours
};

/// A child process with pipes on its three streams, in a process group of its own. It inherits no other descriptor, no
/// signal setting and no environment. It cannot outlive us: it gets SIGKILL when our process dies, however it dies, and
/// so do its own children, unless they leave its group. The kernel ties the former to the thread that started it, so
/// start it from a thread that lives as long as the child should. When it has ended, what is left of its group is
/// killed. Used from one loop only.
class ChildProcess {
 public:
  /// Starts it. `not_found` when there is no such program, `denied` when it may not be run; both name the program.
  static Result<std::unique_ptr<ChildProcess>> start(Executor executor, ChildCommand command);
  ~ChildProcess();  ///< kills the whole group if it still runs, and reaps it

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int pid() const;

  /// The next bytes it wrote, at most 64 KiB; empty at end of file.
  Task<std::string> read_stdout();
  Task<std::string> read_stderr();
  /// Ends `read_stdout` as the end of file would: others may hold the pipe open when the child itself is gone.
  void stop_reading();

  /// Writes all of `bytes`, or fails with `unavailable` once the child has closed its end. One at a time; a cancelled
  /// write may have sent a part.
  Task<Result<void>> write_stdin(std::string bytes);
  void close_stdin();

  /// Waits until it has ended: "exited with status 1", "killed by signal 9".
  Task<std::string> wait();

  /// The specification's order (2025-11-25, lifecycle, shutdown): closes stdin, waits `grace`, SIGTERM to the group,
  /// waits `grace`, SIGKILL. Returns once it is reaped.
  Task<> shut_down(std::chrono::milliseconds grace);

 private:
  struct State;
  explicit ChildProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace convoke::net
