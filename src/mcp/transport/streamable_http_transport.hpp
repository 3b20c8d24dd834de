#pragma once
#include <memory>

#include "mcp/transport/http_transport.hpp"

namespace convoke::mcp {

/// Streamable HTTP (revision 2025-03-26 and later): each message of ours is a POST, whose answer may be a stream.
/// `client` must outlive it.
std::unique_ptr<Transport> streamable_http_transport(Executor executor, net::HttpClient& client,
                                                     HttpServerAddress server, Log log);

}  // namespace convoke::mcp
