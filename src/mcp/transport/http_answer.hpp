#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "mcp/jsonrpc.hpp"
#include "net/http_client.hpp"

/// What an HTTP answer means for the request it answers. Pure.
namespace convoke::mcp {

bool is_success(int status);
/// By media type; parameters such as the charset do not matter.
bool is_event_stream(const net::HttpHead& head);

/// Where to repeat the request, when the answer says that it belongs elsewhere and the method stays (307, 308).
std::optional<std::string> redirection(const net::HttpHead& head);

/// A refusal that is no JSON-RPC message, in terms of what the caller can do.
Error error_of(const net::HttpHead& head);

/// `named`, a URL or a path, as an address at the server that has `url`; `protocol` when it is at another one.
Result<std::string> address_at_same_server(std::string_view url, std::string_view named);

/// Whether the answer to a request of a session says that the server does not know the session (any more). Servers are
/// to answer 404; some answer 400 and say so in words.
bool means_session_is_gone(const net::HttpHead& head, std::string_view body);

/// The one response in a JSON body: with our id, or an error with none. `protocol` when there is no such thing.
Result<jsonrpc::Response> response_in(const std::string& body, const jsonrpc::Id& id);

}  // namespace convoke::mcp
