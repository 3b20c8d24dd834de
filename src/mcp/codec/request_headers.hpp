#pragma once
#include "mcp/jsonrpc.hpp"

namespace convoke::mcp {

/// The headers of a request over HTTP: a modern one repeats its version, method and the name of what it is about
/// (2026-07-28, transports); any other goes with the session's.
jsonrpc::Headers request_headers(const jsonrpc::Request& request, jsonrpc::Headers session_headers);

/// The parameter that `Mcp-Name` repeats for this method; empty if it repeats none.
std::string_view named_parameter(std::string_view method);

}  // namespace convoke::mcp
