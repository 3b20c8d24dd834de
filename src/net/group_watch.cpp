#include "net/group_watch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace convoke::net::group_watch {

namespace {

// The watch is a fork of a program with threads: it may use system calls and its own memory, and nothing else.
#define IN_FORK __attribute__((no_sanitize("address", "thread", "undefined")))

constexpr std::size_t max_groups = 4'096;  ///< one more goes unwatched

/// Positive: a new group. Negative: one that has ended.
using Message = pid_t;

IN_FORK void note(std::array<pid_t, max_groups>& groups, Message message) {
  const pid_t wanted = message > 0 ? 0 : -message;  // a free place, or the one of the group
  for (pid_t& place : groups) {
    if (place != wanted) continue;
    place = message > 0 ? message : 0;
    return;
  }
}

[[noreturn]] IN_FORK void watch(int told) {
  static std::array<pid_t, max_groups> groups{};
  dup2(told, 0);
  close_range(1, ~0U, 0);
  setsid();  // signals meant for us, such as Ctrl-C, do not reach it
  prctl(PR_SET_NAME, "convoke-watch");
  Message message = 0;
  for (;;) {
    const ssize_t size = read(0, &message, sizeof message);
    if (size == sizeof message) note(groups, message);
    if (size == 0 || (size < 0 && errno != EINTR)) break;
  }
  for (const pid_t group : groups) {
    if (group > 0) kill(-group, SIGKILL);
  }
  _exit(0);
}

IN_FORK void ignore_signals() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) signal(number, SIG_IGN);
}

#undef IN_FORK

/// Two forks: the watch is nobody's child, so that nobody has to wait for it.
int start() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  const pid_t first = fork();
  if (first == 0) {
    if (fork() != 0) _exit(0);
    ignore_signals();
    watch(ends[0]);
  }
  close(ends[0]);
  int status = 0;
  while (first > 0 && waitpid(first, &status, 0) < 0 && errno == EINTR) continue;
  if (first > 0) return ends[1];
  close(ends[1]);
  return -1;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) void tell(int entrance, Message message) {
  // Atomic: shorter than PIPE_BUF. A watch that is gone is no reason to fail.
  while (entrance >= 0 && write(entrance, &message, sizeof message) < 0 && errno == EINTR) continue;
}

}  // namespace

int entrance() {
  static const int opened = start();
  return opened;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) void add(int entrance, pid_t group) {
  tell(entrance, group);
}

__attribute__((no_sanitize("address", "thread", "undefined"))) void remove(int entrance, pid_t group) {
  tell(entrance, -group);
}

}  // namespace convoke::net::group_watch
