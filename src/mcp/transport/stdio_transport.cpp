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

constexpr std::size_t max_unread_bytes = 8 * 1024 * 1024;
constexpr std::size_t max_stderr_line_bytes = 64 * 1024;
/// A grandchild may hold the pipe open after the server has ended: what was written by then arrives within this time.
constexpr auto time_to_drain = 250ms;

/// The streams of a child process, as a pipe of messages.
class ChildPipe final : public Pipe {
 public:
  ChildPipe(Executor executor, std::unique_ptr<net::ChildProcess> child, const StdioServer& server, Log log)
      : child_(std::move(child)),
        server_(server),
        lines_(server.max_message_bytes),
        tasks_(executor, std::move(log)),
        changed_(executor) {
    tasks_.spawn("mcp.stdout", read_stdout());
    tasks_.spawn("mcp.stderr", read_stderr());
    tasks_.spawn("mcp.exit", watch_exit());
  }

  Task<Result<std::string>> read() override {
    while (unread_.empty()) {
      if (ended_) co_return std::unexpected(*ended_);
      co_await changed_.wait();
    }
    std::string line = std::move(unread_.front());
    unread_.pop_front();
    unread_bytes_ -= line.size();
    if (room_wanted_) changed_.notify();
    co_return line;
  }

  Task<Result<void>> write(std::string messages) override {
    messages += '\n';
    co_return co_await child_->write_stdin(std::move(messages));
  }

  Task<> close() override {
    co_await child_->shut_down(server_.shutdown_grace);
    tasks_.cancel();
    co_await tasks_.drained();
  }

 private:
  Task<> read_stdout() {
    const auto keep = [this](std::string line) {
      unread_bytes_ += line.size();
      unread_.push_back(std::move(line));
    };
    for (;;) {
      const std::string bytes = co_await child_->read_stdout();
      if (bytes.empty()) break;
      if (const auto fed = lines_.feed(bytes, keep); !fed) co_return end(fed.error());
      changed_.notify();
      while (unread_bytes_ > max_unread_bytes) {
        room_wanted_ = true;
        co_await changed_.wait();
      }
      room_wanted_ = false;
    }
    lines_.finish(keep);
    changed_.notify();
    // Its exit says more than the end of its output; but it need not exit.
    co_await sleep_for(time_to_drain);
    end({Errc::unavailable, "the server closed its output", std::nullopt});
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

  Task<> watch_exit() {
    const std::string how = co_await child_->wait();
    co_await sleep_for(time_to_drain / 2);
    end({Errc::unavailable, "the server " + how, std::nullopt});
  }

  void end(Error reason) {
    if (!ended_) ended_ = std::move(reason);
    changed_.notify();
  }

  std::unique_ptr<net::ChildProcess> child_;
  const StdioServer& server_;
  LineSplitter lines_;
  std::deque<std::string> unread_;
  std::size_t unread_bytes_ = 0;
  bool room_wanted_ = false;
  std::optional<Error> ended_;
  TaskScope tasks_;
  Signal changed_;
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
