#include "net/spawn.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net/group_watch.hpp"

// Not fork: with much memory in use, copying its page tables stops the loop for milliseconds. Not posix_spawn: it has
// no way to ask for the parent-death signal. The child borrows our memory, and this thread, until it runs its program.

namespace convoke::net {
namespace {

constexpr std::string_view default_path = "/usr/local/bin:/usr/bin:/bin";

enum class Step { isolate, change_directory, connect_streams, run_program };

/// All that the child reads, prepared before it exists, and what it leaves behind when it fails.
struct Launch {
  std::vector<const char*> candidates;  ///< paths to try, in order; null at the end
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* working_directory = nullptr;
  std::array<int, 3> streams{};
  pid_t parent = 0;
  int watch = -1;

  Step failed_step = Step::run_program;
  int error = 0;
};

/// Signals must not reach our handlers while the child runs in our memory.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// Below runs in the child, on a borrowed stack: system calls only, no allocation, and the sanitizers look away.
#define IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

IN_CHILD int give_up(Launch& launch, Step step, int error) {
  launch.failed_step = step;
  launch.error = error;
  return 127;
}

IN_CHILD void reset_signals() {
  struct sigaction standard;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
}

IN_CHILD int run_first(Launch& launch) {
  int error = ENOENT;
  for (const char* const* path = launch.candidates.data(); *path; ++path) {
    execve(*path, launch.arguments.data(), launch.environment.data());
    if (errno == EACCES) error = EACCES;  // worth telling, should no later folder have it
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return give_up(launch, Step::run_program, errno);
  }
  return give_up(launch, Step::run_program, error);
}

IN_CHILD int child_main(void* argument) {
  Launch& launch = *static_cast<Launch*>(argument);
  reset_signals();
  if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return give_up(launch, Step::isolate, errno);
  if (getppid() != launch.parent) return 127;  // we lost our parent before it could be watched
  group_watch::add(launch.watch, getpid());    // before there can be anybody else in the group
  if (launch.working_directory && chdir(launch.working_directory) != 0) {
    return give_up(launch, Step::change_directory, errno);
  }
  for (int stream = 0; stream < 3; ++stream) {
    if (dup2(launch.streams[static_cast<unsigned>(stream)], stream) < 0) {
      return give_up(launch, Step::connect_streams, errno);
    }
  }
  close_range(3, ~0U, 0);  // libraries do not mark all of theirs as close-on-exec
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  return run_first(launch);
}

#undef IN_CHILD

/// The paths `program` may mean, as a shell would look it up.
std::vector<std::string> candidates_for(const ChildCommand& command) {
  if (command.program.contains('/')) return {command.program};
  const auto own = command.environment.find("PATH");
  std::string_view path = own == command.environment.end() ? default_path : std::string_view(own->second);
  std::vector<std::string> found;
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(path.size(), folder.size() + 1));
    if (!folder.empty()) found.push_back(std::string(folder) + '/' + command.program);
  }
  return found;
}

std::vector<char*> null_terminated(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

/// Both ends above 2, so that connecting the child's streams cannot overwrite one of them.
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(Errc::exhausted, "no file descriptors left for a child process");
  const Descriptor low_read(ends[0]);
  const Descriptor low_write(ends[1]);
  Pipe pipe{Descriptor(fcntl(ends[0], F_DUPFD_CLOEXEC, 3)), Descriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, 3))};
  if (pipe.read_end.get() < 0 || pipe.write_end.get() < 0) {
    return fail(Errc::exhausted, "no file descriptors left for a child process");
  }
  return pipe;
}

Error explain(const Launch& launch, const ChildCommand& command) {
  const std::string reason = std::strerror(launch.error);
  if (launch.failed_step == Step::change_directory) {
    return {Errc::not_found, "working directory '" + command.working_directory + "': " + reason, {}};
  }
  const std::string program = "program '" + command.program + "'";
  if (launch.failed_step == Step::run_program && launch.error == ENOENT) return {Errc::not_found, "no " + program, {}};
  if (launch.error == EACCES || launch.error == EPERM) return {Errc::denied, program + " may not be run", {}};
  return {launch.error == ENOEXEC ? Errc::invalid_input : Errc::unavailable, program + ": " + reason, {}};
}

/// Runs the child's part; returns its pid, with the launch's `error` set if it did not get as far as its program.
pid_t launch_child(Launch& launch, Descriptor& pidfd) {
  constexpr std::size_t stack_bytes = 128 * 1024;
  const auto stack = std::make_unique<std::max_align_t[]>(stack_bytes / sizeof(std::max_align_t));
  void* const top = stack.get() + stack_bytes / sizeof(std::max_align_t);  // it grows downwards
  const SignalsBlocked blocked;
  int fd = -1;
  const pid_t pid = clone(child_main, top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &launch, &fd);
  if (pid < 0) launch.error = errno;
  pidfd = Descriptor(fd);
  return pid;
}

}  // namespace

Result<Spawned> spawn(const ChildCommand& command) {
  // Before there are pipes: what the first call forks would hold their ends for a moment.
  const int watch = group_watch::entrance();
  TRY(Pipe input, make_pipe());
  TRY(Pipe output, make_pipe());
  TRY(Pipe errors, make_pipe());

  std::vector<std::string> paths = candidates_for(command);
  std::vector<std::string> arguments{command.program};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : command.environment) environment.push_back(name + '=' + value);

  Launch launch;
  for (const std::string& path : paths) launch.candidates.push_back(path.c_str());
  launch.candidates.push_back(nullptr);
  launch.arguments = null_terminated(arguments);
  launch.environment = null_terminated(environment);
  if (!command.working_directory.empty()) launch.working_directory = command.working_directory.c_str();
  launch.streams = {input.read_end.get(), output.write_end.get(), errors.write_end.get()};
  launch.parent = getpid();
  launch.watch = watch;

  Descriptor pidfd;
  const pid_t pid = launch_child(launch, pidfd);
  if (launch.error != 0) {
    if (pid > 0) group_watch::remove(launch.watch, pid);
    if (pid > 0) waitpid(pid, nullptr, 0);
    return fail(explain(launch, command));
  }
  return Spawned{pid, std::move(pidfd), std::move(input.write_end), std::move(output.read_end),
                 std::move(errors.read_end)};
}

}  // namespace convoke::net
