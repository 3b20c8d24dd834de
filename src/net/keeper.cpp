#include "net/keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "net/keeper_system.hpp"

namespace convoke::net {
namespace {

using namespace keeper_system;

constexpr const char* process_name = "process-keeper";
constexpr int grace = 500;               ///< milliseconds that what is left has, from SIGTERM to SIGKILL
constexpr int patience = 5'000;          ///< with those that cannot be killed
constexpr int pause_between_kills = 10;  ///< for orphans to be adopted, of which nobody tells

/// What `launch_text` wrote, with its offsets made pointers.
struct Launch {
  char** candidates = nullptr;  ///< paths to try, in order
  char** arguments = nullptr;
  char** environment = nullptr;
  const char* working_directory = nullptr;
};

char** after_list(char** list) {
  while (*list) ++list;
  return list + 1;
}

bool read_launch(int file, Launch& launch) {
  struct stat described;
  if (fstat(file, &described) != 0) return false;
  void* const text =
      mmap(nullptr, static_cast<std::size_t>(described.st_size), PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  if (text == MAP_FAILED) return false;
  char** const places = static_cast<char**>(text);
  const auto count = reinterpret_cast<std::uintptr_t>(places[0]);
  for (std::uintptr_t i = 1; i <= count; ++i) {
    if (places[i]) places[i] += reinterpret_cast<std::uintptr_t>(text);
  }
  launch.candidates = places + 1;
  launch.arguments = after_list(launch.candidates);
  launch.environment = after_list(launch.arguments);
  launch.working_directory = *after_list(launch.environment);
  return true;
}

LaunchReport failure(LaunchStep step, int error) { return {.child = getpid(), .failed_step = step, .error = error}; }

LaunchReport run_first(const Launch& launch) {
  int error = ENOENT;
  for (char** path = launch.candidates; *path; ++path) {
    execve(*path, launch.arguments, launch.environment);
    if (errno == EACCES) error = EACCES;  // worth telling, should no later folder have it
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return failure(LaunchStep::run_program, errno);
  }
  return failure(LaunchStep::run_program, error);
}

/// Becomes the child; returns only if that fails. All other files close when the program begins.
LaunchReport become_child(const Launch& launch, const std::array<int, 3>& streams, pid_t keeper) {
  reset_signals();
  if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return failure(LaunchStep::isolate, errno);
  if (getppid() != keeper) _exit(127);  // lost before it could be watched
  if (launch.working_directory && chdir(launch.working_directory) != 0) {
    return failure(LaunchStep::change_directory, errno);
  }
  for (int stream = 0; stream < 3; ++stream) {
    if (dup2(streams[static_cast<unsigned>(stream)], stream) < 0) return failure(LaunchStep::connect_streams, errno);
  }
  return run_first(launch);
}

LaunchReport start_child(const KeeperFiles& files) {
  Launch launch;
  int told[2];  // by the child, if it fails; closed by the program it becomes
  if (!read_launch(files.launch, launch) || pipe2(told, O_CLOEXEC) != 0) return failure(LaunchStep::keep, errno);
  const pid_t keeper = getpid();
  const pid_t child = _Fork();
  if (child < 0) return failure(LaunchStep::keep, errno);
  if (child == 0) {
    const LaunchReport failed = become_child(launch, files.streams, keeper);
    if (write(told[1], &failed, sizeof failed) < 0) _exit(126);
    _exit(127);
  }
  close(told[1]);
  LaunchReport report{.child = child};
  while (read(told[0], &report, sizeof report) < 0 && errno == EINTR) continue;
  close(told[0]);
  return report;
}

/// Buries whoever has ended, but not the child; true once that one has.
bool child_has_ended(pid_t child) {
  for (;;) {
    siginfo_t ended{};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return false;
    if (ended.si_pid == child) return true;
    waitpid(ended.si_pid, nullptr, WNOHANG);
  }
}

/// Until nobody is left. The child's own end is put into `report`. False when there are no more children.
bool bury(pid_t child, EndReport& report) {
  for (;;) {
    siginfo_t ended{};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG) != 0) return errno != ECHILD;
    if (ended.si_pid == 0) return true;
    if (ended.si_pid == child) report = {ended.si_code, ended.si_status};
  }
}

void signal_tree(pid_t child, int number) {
  kill(-child, number);
  signal_children_outside(child, number);
}

/// Ends what is left of the tree: those who have `time` to obey SIGTERM, and then by force. Whoever loses its parent on
/// the way becomes ours, so that in the end there is nobody who is not.
EndReport end_tree(pid_t child, int signals, int time) {
  EndReport report;
  signal_tree(child, time > 0 ? SIGTERM : SIGKILL);
  const long deadline = milliseconds_now() + time;
  while (bury(child, report) && milliseconds_now() < deadline + patience) {
    const long rest = deadline - milliseconds_now();
    if (rest <= 0) {
      if (report.code == 0) kill(-child, SIGKILL);  // not buried: the number is still its own
      signal_children_outside(0, SIGKILL);
    }
    wait_for_child(signals, rest > 0 ? static_cast<int>(rest) : pause_between_kills);
  }
  return report;
}

/// Keeps the child until it ends or has to; returns how long the rest then has to end by itself.
int keep(pid_t child, int control, int signals) {
  for (;;) {
    if (child_has_ended(child)) return grace;
    std::array<pollfd, 2> waited{{{control, POLLIN, 0}, {signals, POLLIN, 0}}};
    poll(waited.data(), waited.size(), -1);
    wait_for_child(signals, 0);
    KeeperOrder order{};
    const ssize_t size = recv(control, &order, sizeof order, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) return grace;  // those we keep it for are gone
    if (order == KeeperOrder::kill) return 0;
    signal_tree(child, SIGTERM);
  }
}

[[noreturn]] void run_keeper(const KeeperFiles& files, int signals) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const LaunchReport report = start_child(files);
  for (const int file : {files.launch, files.streams[0], files.streams[1], files.streams[2]}) close(file);
  send(files.control, &report, sizeof report, MSG_NOSIGNAL);
  if (report.error != 0) _exit(1);
  const int time = keep(report.child, files.control, signals);
  const EndReport end = end_tree(report.child, signals, time);
  send(files.control, &end, sizeof end, MSG_NOSIGNAL);
  _exit(0);
}

/// False when there will be no more orders.
bool take_order(int entrance, KeeperFiles& files) {
  char byte = 0;
  iovec text{&byte, 1};
  alignas(cmsghdr) char attached[CMSG_SPACE(sizeof files)];
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = attached;
  message.msg_controllen = sizeof attached;
  files = {};
  const ssize_t size = recvmsg(entrance, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (size <= 0) return size < 0 && (errno == EAGAIN || errno == EINTR);
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_type == SCM_RIGHTS) memcpy(&files, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
  return true;
}

void close_all(const KeeperFiles& files) {
  for (const int file : {files.launch, files.streams[0], files.streams[1], files.streams[2], files.control}) {
    if (file >= 0) close(file);
  }
}

/// The watch keeps only what it was given, above the three numbers that a child's streams will have.
int keep_only(int entrance) {
  const int high = fcntl(entrance, F_DUPFD_CLOEXEC, 10);
  close_range(0, static_cast<unsigned>(high) - 1, 0);
  close_range(static_cast<unsigned>(high) + 1, ~0U, 0);
  const int nothing = open("/dev/null", O_RDWR);  // 0
  dup2(nothing, 1);
  dup2(nothing, 2);
  return high;
}

/// Whoever is a child of ours and no keeper has lost one: a keeper is of our group.
void end_those_without_keeper() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
  signal_children_outside(getpgrp(), SIGKILL);
}

}  // namespace

void run_watch(int entrance) {
  entrance = keep_only(entrance);
  const int signals = stand_apart();
  go_by(process_name);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  KeeperFiles files;
  do {
    if (files.control >= 0 && files.launch >= 0 && _Fork() == 0) {
      close(entrance);
      run_keeper(files, signals);
    }
    close_all(files);
    std::array<pollfd, 2> waited{{{entrance, POLLIN, 0}, {signals, POLLIN, 0}}};
    poll(waited.data(), waited.size(), -1);
    wait_for_child(signals, 0);
    end_those_without_keeper();
  } while (take_order(entrance, files));
  // The keepers know by themselves that we are gone; until all of them are done, one may still leave us its orphans.
  siginfo_t ended{};
  while (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT | WNOHANG) == 0) {
    wait_for_child(signals, patience);
    end_those_without_keeper();
  }
  _exit(0);
}

}  // namespace convoke::net
