#include "net/child_process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>

#include "base/cancellation.hpp"
#include "net/keeper.hpp"
#include "net/spawn.hpp"

namespace convoke::net {
namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
using ReadBuffer = std::array<char, 64 * 1024>;

/// For a process tree to be gone, when nobody can be told that it is not.
constexpr int last_patience_ms = 6'000;

std::string describe(const EndReport& end) {
  if (end.code == 0) return "ended in a way nobody saw";
  return (end.code == CLD_EXITED ? "exited with status " : "killed by signal ") + std::to_string(end.status);
}

Task<std::string> read_some(asio::readable_pipe& pipe, ReadBuffer& buffer) {
  const auto [error, size] = co_await pipe.async_read_some(asio::buffer(buffer), as_values);
  if (error) co_await unwind_if_cancelled();
  co_return std::string(buffer.data(), size);
}

}  // namespace

struct ChildProcess::State {
  State(Executor executor, Spawned child)
      : pid(child.pid),
        control(executor, child.control.release()),
        input(executor, child.stdin_end.release()),
        output(executor, child.stdout_end.release()),
        errors(executor, child.stderr_end.release()) {}

  ~State() {
    if (end) return;
    tell(KeeperOrder::kill);
    pollfd waited{control.native_handle(), POLLIN, 0};
    while (::poll(&waited, 1, last_patience_ms) < 0 && errno == EINTR) continue;
  }

  void tell(KeeperOrder order) { ::send(control.native_handle(), &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT); }

  /// Its keeper's last word, if it is there; that of a keeper that was killed is silence.
  void hear() {
    EndReport report;
    const ssize_t size = ::recv(control.native_handle(), &report, sizeof report, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    end = describe(size == sizeof report ? report : EndReport{});
  }

  Task<> ended() {
    while (!end) {
      co_await control.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
      if (!end) hear();
    }
  }

  Task<bool> ended_within(std::chrono::milliseconds time) {
    using namespace asio::experimental::awaitable_operators;
    co_await (ended() || sleep_for(time));
    co_return end.has_value();
  }

  int pid;
  asio::posix::stream_descriptor control;  ///< to its keeper
  asio::writable_pipe input;
  asio::readable_pipe output;
  asio::readable_pipe errors;
  ReadBuffer output_buffer{};
  ReadBuffer error_buffer{};
  std::optional<std::string> end;  ///< how it ended, once nothing is left of it
};

ChildProcess::ChildProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChildProcess::~ChildProcess() = default;

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(Executor executor, ChildCommand command) {
  // Writing to a child that has closed its end must be an error, not the end of us.
  [[maybe_unused]] static const auto once = ::signal(SIGPIPE, SIG_IGN);
  TRY(Spawned child, spawn(command));
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::make_unique<State>(executor, std::move(child))));
}

int ChildProcess::pid() const { return state_->pid; }

Task<std::string> ChildProcess::read_stdout() { return read_some(state_->output, state_->output_buffer); }
Task<std::string> ChildProcess::read_stderr() { return read_some(state_->errors, state_->error_buffer); }

void ChildProcess::stop_reading() {
  boost::system::error_code already_closed;
  state_->output.close(already_closed);
}

Task<Result<void>> ChildProcess::write_stdin(std::string bytes) {
  const auto [error, size] = co_await asio::async_write(state_->input, asio::buffer(bytes), as_values);
  if (!error) co_return Result<void>{};
  co_await unwind_if_cancelled();
  co_return fail(Errc::unavailable, "the child process has closed its standard input");
}

void ChildProcess::close_stdin() {
  boost::system::error_code already_closed;
  state_->input.close(already_closed);
}

Task<std::string> ChildProcess::wait() {
  co_await state_->ended();
  co_return *state_->end;
}

Task<> ChildProcess::shut_down(std::chrono::milliseconds grace) {
  close_stdin();
  if (co_await state_->ended_within(grace)) co_return;
  state_->tell(KeeperOrder::ask_to_end);
  if (co_await state_->ended_within(grace)) co_return;
  state_->tell(KeeperOrder::kill);
  co_await state_->ended();
}

}  // namespace convoke::net
