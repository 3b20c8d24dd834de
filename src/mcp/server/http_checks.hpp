#pragma once
#include <optional>
#include <string>
#include <vector>

#include "mcp/jsonrpc.hpp"
#include "mcp/types/tool.hpp"
#include "net/http_server.hpp"

/// What a request's HTTP headers must be like. Pure.
namespace convoke::mcp {

/// True unless another web site may be talking through a browser (DNS rebinding): the Host must be one of `hosts`, with
/// any port, and an Origin, if there is one, http(s) at such a host or one of `origins`.
bool comes_from_allowed_host(const net::Headers& headers, const std::vector<std::string>& hosts,
                             const std::vector<std::string>& origins);

bool is_json(const net::Headers& headers);
bool accepts_event_stream(const net::Headers& headers);

/// Why a modern request's headers do not say what its body says (2026-07-28, transports); nothing if they do. `tool` is
/// the definition of the tool that is called, where it is known.
std::optional<jsonrpc::ErrorObject> header_mismatch(const jsonrpc::Request& request, const net::Headers& headers,
                                                    const Tool* tool);
/// The part of it about the version, which comes before the question whether we speak that version.
std::optional<jsonrpc::ErrorObject> version_mismatch(const std::string& version, const net::Headers& headers);

}  // namespace convoke::mcp
