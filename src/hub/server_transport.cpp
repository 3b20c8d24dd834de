#include "hub/server_transport.hpp"

#include "mcp/transport/http_transport.hpp"
#include "mcp/transport/stdio_transport.hpp"

namespace convoke {
namespace {

mcp::StdioServer stdio_server(const ServerEntry& server, std::function<void(std::string_view)> on_stderr) {
  mcp::StdioServer process{.command = server.command,
                           .arguments = server.arguments,
                           .working_directory = server.working_directory,
                           .on_stderr = std::move(on_stderr)};
  for (const auto& [name, value] : server.environment) process.environment.emplace(name, value.reveal());
  return process;
}

mcp::HttpServerAddress http_address(const ServerEntry& server) {
  mcp::HttpServerAddress address{.url = server.url};
  for (const auto& [name, value] : server.headers) address.headers.emplace_back(name, value.reveal());
  return address;
}

}  // namespace

TransportFactory real_transports(Executor executor, net::HttpClient& http, Log log) {
  return [executor, &http, log](
             const ServerEntry& server,
             std::function<void(std::string_view)> on_stderr) -> Result<std::unique_ptr<mcp::Transport>> {
    const Log narrowed = log.with({{"server", server.name}});
    switch (server.transport) {
      case ServerTransport::stdio:
        return mcp::stdio_transport(executor, stdio_server(server, std::move(on_stderr)), narrowed);
      case ServerTransport::http: return mcp::http_transport(http, http_address(server), narrowed);
      case ServerTransport::sse:
        return fail(Errc::invalid_input, "the older HTTP+SSE transport is not spoken; try the type \"http\"");
    }
    std::unreachable();
  };
}

}  // namespace convoke
