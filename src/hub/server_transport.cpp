#include "hub/server_transport.hpp"

#include "mcp/transport/stdio_transport.hpp"

namespace convoke {
namespace {

mcp::StdioServer process_of(const ServerEntry& server, std::function<void(std::string_view)> on_stderr,
                            const Log& log) {
  mcp::StdioServer process{.command = server.command,
                           .arguments = server.arguments,
                           .working_directory = server.working_directory,
                           .on_stderr = std::move(on_stderr)};
  process.on_slow_stop = [log, grace = process.shutdown_grace] {
    log.info("server.slow_to_stop", {{"killed_after_ms", 2 * grace.count()}});
  };
  for (const auto& [name, value] : server.environment) process.environment.emplace(name, value.reveal());
  return process;
}

}  // namespace

TransportFactory stdio_transports(Executor executor, Log log) {
  return [executor, log](const ServerEntry& server,
                         std::function<void(std::string_view)> on_stderr) -> Result<std::unique_ptr<mcp::Transport>> {
    if (server.transport != ServerTransport::stdio)
      return fail(Errc::invalid_input, "only child processes are spoken to");
    const Log own = log.with({{"server", server.name}});
    return mcp::stdio_transport(executor, process_of(server, std::move(on_stderr), own), own);
  };
}

}  // namespace convoke
