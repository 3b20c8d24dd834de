#include "hub/server_transport.hpp"

#include "mcp/transport/stdio_transport.hpp"

namespace convoke {
namespace {

mcp::StdioServer process_of(const ServerEntry& server, std::function<void(std::string_view)> on_stderr) {
  mcp::StdioServer process{.command = server.command,
                           .arguments = server.arguments,
                           .working_directory = server.working_directory,
                           .on_stderr = std::move(on_stderr)};
  for (const auto& [name, value] : server.environment) process.environment.emplace(name, value.reveal());
  return process;
}

}  // namespace

TransportFactory stdio_transports(Executor executor, Log log) {
  return [executor, log](const ServerEntry& server,
                         std::function<void(std::string_view)> on_stderr) -> Result<std::unique_ptr<mcp::Transport>> {
    if (server.transport != ServerTransport::stdio)
      return fail(Errc::invalid_input, "only child processes are spoken to");
    return mcp::stdio_transport(executor, process_of(server, std::move(on_stderr)),
                                log.with({{"server", server.name}}));
  };
}

}  // namespace convoke
