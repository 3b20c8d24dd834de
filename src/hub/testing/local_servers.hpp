#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/task_scope.hpp"
#include "hub/server_transport.hpp"
#include "mcp/server/server.hpp"
#include "mcp/transport/pipe.hpp"

namespace convoke {

/// MCP servers inside the test's own process and loop, which can die, fall silent and refuse to start.
class LocalServers {
 public:
  explicit LocalServers(Executor executor) : executor_(executor), scope_(executor, Log{}) {}

  /// The server called `name`; made empty when first asked for.
  mcp::Server& operator[](const std::string& name);

  /// Its process would be gone now.
  void kill(const std::string& name);
  /// From now on it reads nothing and answers nothing.
  void freeze(const std::string& name);
  /// The next `times` starts of it fail.
  void refuse_to_start(const std::string& name, int times);
  /// How often it was started.
  int starts(const std::string& name) { return local(name).starts; }

  TransportFactory transports();

  /// Awaits `body` and then ends every server.
  Task<> run(Task<> body) { return scope_.run(std::move(body)); }

 private:
  struct Local {
    explicit Local(Executor executor) : killed(executor) {}
    std::unique_ptr<mcp::Server> server;
    Signal killed;
    bool frozen = false;
    int refusals = 0;
    int starts = 0;
  };
  class FreezingPipe;
  Local& local(const std::string& name);
  Result<std::unique_ptr<mcp::Pipe>> open(const std::string& name);
  static Task<> serve(Local& local, std::unique_ptr<mcp::Pipe> pipe);

  Executor executor_;
  TaskScope scope_;
  std::map<std::string, Local> servers_;
};

}  // namespace convoke
