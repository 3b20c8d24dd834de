#pragma once
#include <memory>

#include "mcp/transport/http_transport.hpp"

namespace convoke::mcp {

/// The transport of revision 2024-11-05: one event stream brings every message, each message of ours is a POST to the
/// address that the stream names first. `client` must outlive it.
std::unique_ptr<Transport> sse_transport(Executor executor, net::HttpClient& client, HttpServerAddress server, Log log);

}  // namespace convoke::mcp
