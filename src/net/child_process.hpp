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

/// A child process with pipes on its three streams, in a process group and a session apart from ours. It inherits no
/// other descriptor, no signal setting and no environment. Neither it nor anything it has started outlives us, however
/// we die, nor does anything outlive it: its keeper (keeper.hpp) finds and ends every process that descends from it,
/// those that have left its group or session and those whose own parents are gone among them. They have SIGTERM first
/// and half a second. Used from one loop only; may be started from any thread.
class ChildProcess {
 public:
  /// Starts it. `not_found` when there is no such program, `denied` when it may not be run; both name the program.
  static Result<std::unique_ptr<ChildProcess>> start(Executor executor, ChildCommand command);
  ~ChildProcess();  ///< kills it and all it has started, if it still runs, and waits until they are gone

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

  /// Waits until it and all it has started have ended: "exited with status 1", "killed by signal 9".
  Task<std::string> wait();

  /// The specification's order (2025-11-25, lifecycle, shutdown): closes stdin, waits `grace`, SIGTERM to all,
  /// waits `grace`, SIGKILL. Returns once nothing of it is left.
  Task<> shut_down(std::chrono::milliseconds grace);

 private:
  struct State;
  explicit ChildProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace convoke::net
