#pragma once
#include <memory>
#include <optional>
#include <string>

#include "mcp/server/out_stream.hpp"
#include "net/http_server.hpp"

/// The shapes an HTTP answer can take. Internal to server/.
namespace convoke::mcp {

/// A message about the request that could not be taken, as JSON with an HTTP status.
net::ServerResponse refusal(int status, int code, std::string why, std::optional<jsonrpc::Id> id = {});
net::ServerResponse refusal(int status, jsonrpc::ErrorObject error, std::optional<jsonrpc::Id> id = {});
net::ServerResponse accepted();
net::ServerResponse no_stream_here();

net::ServerResponse json_reply(int status, const jsonrpc::Response& response);

/// Shows `stream` from event `after` on. `on_end` is called when the client has gone or everything was shown.
net::ServerResponse event_stream_reply(std::shared_ptr<OutStream> stream, std::uint64_t after, bool priming,
                                       std::function<void()> on_end = {});

}  // namespace convoke::mcp
