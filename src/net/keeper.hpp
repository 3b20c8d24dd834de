#pragma once
#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

/// The processes between us and our children, which see to it that nothing a child starts is left behind, however the
/// child ends and however we do.
///
///     we ── watch ─┬─ keeper ── child ── whatever the child starts
///                  └─ keeper ── child ── ...
///
/// The watch is forked with the first child and forks a keeper for each. The keeper starts the child and is the parent
/// of every descendant that loses its own (PR_SET_CHILD_SUBREAPER), whatever group or session that one has gone to: the
/// whole tree hangs beneath it. When the child has ended, or we have, it ends the rest and then itself. A keeper that
/// is killed takes its child along (PR_SET_PDEATHSIG), and what is left then falls to the watch.
///
/// Internal to net/. What stands here is what passes between them and us, as messages of their own (SOCK_SEQPACKET).
namespace convoke::net {

/// Comes with a byte to the watch: what to start, the child's streams, the keeper's end of the socket to us.
struct KeeperFiles {
  int launch = -1;  ///< holds what `launch_text` made
  std::array<int, 3> streams{-1, -1, -1};
  int control = -1;
};

/// Four lists as one text without pointers: paths to try in order, arguments, environment, working directory (none:
/// ours). First the number of places, then for each the offset of its string or 0, which ends a list.
std::string launch_text(const std::vector<std::string>& candidates, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment, const std::string& working_directory);

enum class LaunchStep { keep, isolate, change_directory, connect_streams, run_program };

/// The first message of a keeper.
struct LaunchReport {
  pid_t child = 0;  ///< also the number of its process group
  LaunchStep failed_step = LaunchStep::keep;
  int error = 0;  ///< 0: it runs its program
};

/// The last one: no process of the tree is left. As in siginfo_t: CLD_EXITED with the exit status, else the signal.
struct EndReport {
  int code = 0;  ///< 0: it could not be found out
  int status = 0;
};

/// What we tell a keeper. That we hang up is an order, too.
enum class KeeperOrder : char {
  ask_to_end = 'T',  ///< SIGTERM to the whole tree
  kill = 'K',        ///< SIGKILL
};

/// The watch, in a process of its own that is a fork of ours, until we hang up at `entrance`. It and the keepers use
/// system calls and their own memory and nothing else: the program they were forked from has threads.
[[noreturn]] void run_watch(int entrance);

}  // namespace convoke::net
