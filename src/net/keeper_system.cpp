#include "net/keeper_system.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace convoke::net::keeper_system {

namespace {

/// Where the arguments of this process lie: the fields 48 and 49 of its line in /proc.
bool find_arguments(char*& begin, char*& end) {
  char line[1024];
  const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  const ssize_t size = file < 0 ? -1 : read(file, line, sizeof line - 1);
  close(file);
  if (size <= 0) return false;
  line[size] = 0;
  const char* at = strrchr(line, ')');  // a name may hold anything
  for (int field = 2; at && field < 48; ++field) at = strchr(at + 1, ' ');
  if (!at) return false;
  char* rest = nullptr;
  begin = reinterpret_cast<char*>(strtoul(at, &rest, 10));
  end = reinterpret_cast<char*>(strtoul(rest, nullptr, 10));
  return begin && begin < end;
}

}  // namespace

void reset_signals() {
  struct sigaction standard;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

int stand_apart() {
  reset_signals();
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGTSTP}) {
    signal(number, SIG_IGN);
  }
  sigset_t of_children;
  sigemptyset(&of_children);
  sigaddset(&of_children, SIGCHLD);
  sigprocmask(SIG_SETMASK, &of_children, nullptr);
  setsid();
  return signalfd(-1, &of_children, SFD_CLOEXEC | SFD_NONBLOCK);
}

void go_by(const char* name) {
  prctl(PR_SET_NAME, name);
  char* begin = nullptr;
  char* end = nullptr;
  if (!find_arguments(begin, end)) return;
  memset(begin, 0, static_cast<std::size_t>(end - begin));
  strncpy(begin, name, static_cast<std::size_t>(end - begin - 1));
}

void signal_children_outside(pid_t group, int number) {
  const int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  char text[4096];
  pid_t child = 0;  // its digits may lie in two pieces of the text
  for (ssize_t size; (size = read(file, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < size; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        child = child * 10 + (text[i] - '0');
      } else if (child > 0) {
        if (getpgid(child) != group) kill(child, number);
        child = 0;
      }
    }
  }
  close(file);
}

long milliseconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

void wait_for_child(int signals, int longest) {
  pollfd waited{signals, POLLIN, 0};
  poll(&waited, 1, longest);
  signalfd_siginfo told;
  while (read(signals, &told, sizeof told) > 0) continue;
}

}  // namespace convoke::net::keeper_system
