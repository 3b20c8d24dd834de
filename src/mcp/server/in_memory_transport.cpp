#include "mcp/server/in_memory_transport.hpp"

#include "base/task_scope.hpp"
#include "mcp/server/pipe_server.hpp"
#include "mcp/transport/in_memory_pipe.hpp"
#include "mcp/transport/pipe_transport.hpp"

namespace convoke::mcp {

namespace {

/// Our end of the pair; serves the other end for as long as it is open.
class ServedPipe final : public Pipe {
 public:
  ServedPipe(Executor executor, Server& server, Log log) : tasks_(executor, log) {
    std::tie(ours_, theirs_) = in_memory_pipes(executor);
    tasks_.spawn("mcp.in_memory_server", serve_pipe(server, *theirs_, log));
  }

  Task<Result<std::string>> read() override { return ours_->read(); }
  Task<Result<void>> write(std::string messages) override { return ours_->write(std::move(messages)); }
  Task<> close() override {
    co_await ours_->close();
    co_await tasks_.drained();
  }

 private:
  TaskScope tasks_;
  std::unique_ptr<Pipe> ours_;
  std::unique_ptr<Pipe> theirs_;
};

}  // namespace

std::unique_ptr<Transport> in_memory_transport(Executor executor, Server& server, Log log) {
  auto open = [executor, &server, log]() -> Result<std::unique_ptr<Pipe>> {
    return std::make_unique<ServedPipe>(executor, server, log);
  };
  return std::make_unique<PipeTransport>(executor, std::move(open), log);
}

}  // namespace convoke::mcp
