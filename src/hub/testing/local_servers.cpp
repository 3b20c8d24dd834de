#include "hub/testing/local_servers.hpp"

#include "mcp/server/pipe_server.hpp"
#include "mcp/transport/in_memory_pipe.hpp"
#include "mcp/transport/pipe_transport.hpp"

namespace convoke {

class LocalServers::FreezingPipe final : public mcp::Pipe {
 public:
  FreezingPipe(const bool& frozen, std::unique_ptr<mcp::Pipe> inner) : frozen_(frozen), inner_(std::move(inner)) {}

  Task<Result<std::string>> read() override {
    auto message = co_await inner_->read();
    if (frozen_) co_await sleep_until(Deadline::max());
    co_return message;
  }
  Task<Result<void>> write(std::string messages) override { return inner_->write(std::move(messages)); }
  Task<> close() override { return inner_->close(); }

 private:
  const bool& frozen_;
  std::unique_ptr<mcp::Pipe> inner_;
};

LocalServers::Local& LocalServers::local(const std::string& name) {
  return servers_.try_emplace(name, executor_).first->second;
}

mcp::Server& LocalServers::operator[](const std::string& name) {
  Local& wanted = local(name);
  if (!wanted.server)
    wanted.server =
        std::make_unique<mcp::Server>(mcp::Implementation{name, "1.0"}, mcp::ServerOptions{.task_poll_interval = 5ms});
  return *wanted.server;
}

void LocalServers::kill(const std::string& name) { local(name).killed.notify(); }

void LocalServers::freeze(const std::string& name) { local(name).frozen = true; }

void LocalServers::refuse_to_start(const std::string& name, int times) { local(name).refusals = times; }

TransportFactory LocalServers::transports() {
  return [this](const ServerEntry& entry, auto) -> Result<std::unique_ptr<mcp::Transport>> {
    return std::make_unique<mcp::PipeTransport>(executor_, [this, name = entry.name] { return open(name); }, Log{});
  };
}

Result<std::unique_ptr<mcp::Pipe>> LocalServers::open(const std::string& name) {
  (*this)[name];
  Local& started = local(name);
  ++started.starts;
  if (started.refusals > 0) {
    --started.refusals;
    return fail(Errc::not_found, "no such program");
  }
  started.frozen = false;
  auto [ours, theirs] = mcp::in_memory_pipes(executor_);
  auto pipe = std::make_unique<FreezingPipe>(started.frozen, std::move(theirs));
  scope_.spawn("a local server", serve(started, std::move(pipe)));
  return std::move(ours);
}

Task<> LocalServers::serve(Local& local, std::unique_ptr<mcp::Pipe> pipe) {
  using namespace asio::experimental::awaitable_operators;
  co_await (mcp::serve_pipe(*local.server, *pipe, Log{}) || local.killed.wait());
}

}  // namespace convoke
