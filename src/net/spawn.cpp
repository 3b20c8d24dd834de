#include "net/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net/process_watch.hpp"

// Not by a fork of ours: with much memory in use, copying its page tables stops the loop for milliseconds. The watch
// was forked when there was little.

namespace convoke::net {
namespace {

constexpr std::string_view default_path = "/usr/local/bin:/usr/bin:/bin";
/// For a new process to reach its program; the loop waits so long at worst.
constexpr int launch_patience_ms = 10'000;

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

Error no_descriptors() { return {Errc::exhausted, "no file descriptors left for a child process", {}}; }

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(no_descriptors());
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<Descriptor> file_with(const std::string& text) {
  Descriptor file(memfd_create("launch", MFD_CLOEXEC));
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t size = ::write(file.get(), text.data() + done, text.size() - done);
    if (size <= 0) return std::unexpected(no_descriptors());
    done += static_cast<std::size_t>(size);
  }
  return file;
}

Result<Descriptor> launch_of(const ChildCommand& command) {
  std::vector<std::string> arguments{command.program};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : command.environment) environment.push_back(name + '=' + value);
  return file_with(launch_text(candidates_for(command), arguments, environment, command.working_directory));
}

Error explain(const LaunchReport& launch, const ChildCommand& command) {
  const std::string reason = std::strerror(launch.error);
  if (launch.failed_step == LaunchStep::change_directory) {
    return {Errc::not_found, "working directory '" + command.working_directory + "': " + reason, {}};
  }
  const std::string program = "program '" + command.program + "'";
  if (launch.failed_step == LaunchStep::run_program && launch.error == ENOENT)
    return {Errc::not_found, "no " + program, {}};
  if (launch.error == EACCES || launch.error == EPERM) return {Errc::denied, program + " may not be run", {}};
  return {launch.error == ENOEXEC ? Errc::invalid_input : Errc::unavailable, program + ": " + reason, {}};
}

/// What the keeper says first.
Result<LaunchReport> report_from(int control) {
  pollfd waited{control, POLLIN, 0};
  int ready = 0;
  do ready = poll(&waited, 1, launch_patience_ms);
  while (ready < 0 && errno == EINTR);
  LaunchReport report;
  if (ready > 0 && recv(control, &report, sizeof report, 0) == sizeof report) return report;
  if (ready > 0) return fail(Errc::exhausted, "the system starts no more processes");
  return fail(Errc::timed_out, "the system does not start the process");
}

/// Has it started, and says how that went over the socket that is returned.
Result<std::pair<Descriptor, LaunchReport>> start(int launch, const std::array<int, 3>& streams) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::unexpected(no_descriptors());
  Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  CHECK_OK(start_keeper({launch, streams, theirs.get()}));
  theirs = {};  // so that we hear if nobody else has it
  TRY(const LaunchReport report, report_from(ours.get()));
  return std::pair{std::move(ours), report};
}

}  // namespace

Result<Spawned> spawn(const ChildCommand& command) {
  TRY(const Descriptor launch, launch_of(command));
  TRY(Pipe input, make_pipe());
  TRY(Pipe output, make_pipe());
  TRY(Pipe errors, make_pipe());

  const std::array streams{input.read_end.get(), output.write_end.get(), errors.write_end.get()};
  auto started = start(launch.get(), streams);
  // A watch that was killed may have had the order in its hands.
  if (!started && started.error().code == Errc::exhausted) started = start(launch.get(), streams);
  if (!started) return fail(started.error());
  auto& [control, report] = *started;
  if (report.error != 0) return fail(explain(report, command));
  return Spawned{report.child, std::move(control), std::move(input.write_end), std::move(output.read_end),
                 std::move(errors.read_end)};
}

}  // namespace convoke::net
