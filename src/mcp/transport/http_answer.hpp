#pragma once
#include <string>

#include "mcp/jsonrpc.hpp"
#include "net/http_client.hpp"

/// What an HTTP answer means for the request it answers. Pure.
namespace convoke::mcp {

bool is_success(int status);
/// By media type; parameters such as the charset do not matter.
bool is_event_stream(const net::HttpHead& head);

/// A refusal that is no JSON-RPC message, in terms of what the caller can do.
Error error_of(const net::HttpHead& head);

/// The one response in a JSON body: with our id, or an error with none. `protocol` when there is no such thing.
Result<jsonrpc::Response> response_in(const std::string& body, const jsonrpc::Id& id);

}  // namespace convoke::mcp
