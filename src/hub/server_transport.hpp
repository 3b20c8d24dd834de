#pragma once
#include <functional>
#include <memory>
#include <string_view>

#include "base/log.hpp"
#include "hub/servers_config.hpp"
#include "mcp/transport/transport.hpp"

namespace convoke::net {
class HttpClient;
}
namespace convoke::mcp {
class Authorizer;
}

namespace convoke {

struct AuthorizationParts;

/// Makes the way to a server; it may be opened many times. `on_stderr` gets each line the server writes to its stderr.
/// A parameter of the hub, so that tests can put servers into the same process.
using TransportFactory = std::function<Result<std::unique_ptr<mcp::Transport>>(
    const ServerEntry& server, std::function<void(std::string_view line)> on_stderr)>;

/// Child processes, for the servers that are one; any other is refused.
TransportFactory stdio_transports(Executor executor, Log log);

/// Child processes, and requests over HTTP for the rest, authorized with what `parts` has, which belongs to the loop of
/// `executor`. A server that wants a person's consent is refused with `denied`.
TransportFactory real_transports(Executor executor, AuthorizationParts parts, Log log);

/// A way to a server over HTTP. `http` and `authorizer`, which may be null, must outlive it.
Result<std::unique_ptr<mcp::Transport>> http_server_transport(Executor executor, net::HttpClient& http,
                                                              const ServerEntry& server, mcp::Authorizer* authorizer,
                                                              const Log& log);

}  // namespace convoke
