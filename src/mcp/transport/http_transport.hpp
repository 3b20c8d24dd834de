#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "mcp/auth/authorizer.hpp"
#include "mcp/transport/transport.hpp"

namespace convoke::net {
class HttpClient;
}

namespace convoke::mcp {

/// A server reached over HTTP.
struct HttpServerAddress {
  std::string url;
  jsonrpc::Headers headers{};        ///< sent with every request, e.g. an API key
  Authorizer* authorizer = nullptr;  ///< who to ask when the server refuses; must outlive the transport
  std::size_t max_message_bytes = 64 * 1024 * 1024;
};

/// Streamable HTTP, and HTTP+SSE for a server that is too old for that. `client` must outlive the transport.
std::unique_ptr<Transport> http_transport(Executor executor, net::HttpClient& client, HttpServerAddress server,
                                          Log log);

}  // namespace convoke::mcp
