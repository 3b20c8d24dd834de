#include "mcp/transport/stdio_transport.hpp"

#include <array>
#include <cstdlib>
#include <deque>

#include "base/signal.hpp"
#include "base/task_scope.hpp"
#include "mcp/transport/line_splitter.hpp"
#include "mcp/transport/pipe_transport.hpp"
#include "net/child_process.hpp"

namespace convoke::mcp {

namespace {

constexpr std::size_t max_stderr_line_bytes = 64 * 1024;
/// Between the end of its output and its own, where one follows from the other: those it leaves behind have a moment to
/// go. And what it had written by its end arrives within half of it.
constexpr std::chrono::milliseconds time_to_drain = 1s;
constexpr auto time_to_stop = 500ms;  ///< beyond it, somebody should hear why stopping takes so long

/// The streams of a child process, as a pipe of messages.
class ChildPipe final : public Pipe {
 public:
  ChildPipe(Executor executor, std::unique_ptr<net::ChildProcess> child, const StdioServer& server, Log log)
      : child_(std::move(child)),
        server_(server),
        lines_(server.max_message_bytes),
        exited_(executor),
        tasks_(executor, std::move(log)) {
    tasks_.spawn("mcp.stderr", read_stderr());
    tasks_.spawn("mcp.exit", watch_exit());
  }

  Task<Result<std::string>> read() override {
    while (unread_.empty()) {
      if (at_end_) co_return std::unexpected(co_await why_it_ended());
      CO_CHECK(co_await read_more());
    }
    std::string line = std::move(unread_.front());
    unread_.pop_front();
    co_return line;
  }

  Task<Result<void>> write(std::string messages) override {
    messages += '\n';
    co_return co_await child_->write_stdin(std::move(messages));
  }

  Task<> close() override {
    tasks_.spawn("mcp.stopping", tell_if_slow());
    co_await child_->shut_down(server_.shutdown_grace);
    tasks_.cancel();
    co_await tasks_.drained();
  }

 private:
  Task<Result<void>> read_more() {
    const auto keep = [this](std::string line) { unread_.push_back(std::move(line)); };
    const std::string bytes = co_await child_->read_stdout();
    if (!bytes.empty()) co_return lines_.feed(bytes, keep);
    at_end_ = true;
    lines_.finish(keep);
    co_return Result<void>{};
  }

  /// Its exit says more than the end of its output; but it need not exit.
  Task<Error> why_it_ended() {
    const Deadline patience = SteadyClock::now() + time_to_drain;
    while (!exit_) {
      const bool in_time = co_await exited_.wait_until(patience);
      if (!in_time) co_return Error{Errc::unavailable, "the server closed its output"};
    }
    co_return Error{Errc::unavailable, "the server " + *exit_};
  }

  Task<> read_stderr() {
    LineSplitter lines(max_stderr_line_bytes);
    const auto show = [this](std::string line) {
      if (server_.on_stderr) server_.on_stderr(line);
    };
    for (;;) {
      const std::string bytes = co_await child_->read_stderr();
      if (bytes.empty()) break;
      const auto fed = lines.feed(bytes, show);
      if (!fed) lines = LineSplitter(max_stderr_line_bytes);
    }
    lines.finish(show);
  }

  Task<> tell_if_slow() {
    co_await sleep_for(time_to_stop);
    if (server_.on_slow_stop) server_.on_slow_stop();
  }

  Task<> watch_exit() {
    exit_ = co_await child_->wait();
    exited_.notify();
    co_await sleep_for(time_to_drain / 2);
    child_->stop_reading();
  }

  std::unique_ptr<net::ChildProcess> child_;
  const StdioServer& server_;
  LineSplitter lines_;
  std::deque<std::string> unread_;
  bool at_end_ = false;              ///< of its output
  std::optional<std::string> exit_;  ///< how it ended, once it has
  Signal exited_;
  TaskScope tasks_;
};

/// What every server needs to find its way about; nothing else of ours is its business.
std::map<std::string, std::string> environment_for(const StdioServer& server) {
  static constexpr std::array inherited{"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "TMPDIR"};
  std::map<std::string, std::string> environment = server.environment;
  for (const char* name : inherited) {
    if (const char* value = std::getenv(name)) environment.emplace(name, value);
  }
  return environment;
}

}  // namespace

std::unique_ptr<Transport> stdio_transport(Executor executor, StdioServer server, Log log) {
  auto open = [executor, server = std::make_shared<const StdioServer>(std::move(server)),
               log]() -> Result<std::unique_ptr<Pipe>> {
    net::ChildCommand command{server->command, server->arguments, environment_for(*server), server->working_directory};
    TRY(auto child, net::ChildProcess::start(executor, std::move(command)));
    return std::make_unique<ChildPipe>(executor, std::move(child), *server, log);
  };
  return std::make_unique<PipeTransport>(executor, std::move(open), log);
}

}  // namespace convoke::mcp
