#include "hub/server_transport.hpp"
#include "mcp/transport/http_transport.hpp"
#include "mcp/transport/sse_transport.hpp"

namespace convoke {
namespace {

mcp::HttpServerAddress address_of(const ServerEntry& server) {
  mcp::HttpServerAddress address{.url = server.url};
  for (const auto& [name, value] : server.headers) address.headers.emplace_back(name, value.reveal());
  return address;
}

}  // namespace

TransportFactory real_transports(Executor executor, net::HttpClient& http, Log log) {
  return [executor, processes = stdio_transports(executor, log), &http, log](
             const ServerEntry& server,
             std::function<void(std::string_view)> on_stderr) -> Result<std::unique_ptr<mcp::Transport>> {
    switch (server.transport) {
      case ServerTransport::stdio: return processes(server, std::move(on_stderr));
      case ServerTransport::http:
        return mcp::http_transport(executor, http, address_of(server), log.with({{"server", server.name}}));
      case ServerTransport::sse:
        return mcp::sse_transport(executor, http, address_of(server), log.with({{"server", server.name}}));
    }
    std::unreachable();
  };
}

}  // namespace convoke
