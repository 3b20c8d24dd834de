#pragma once
#include <boost/asio/ip/tcp.hpp>

#include "net/http_server.hpp"
#include "net/overseer.hpp"

namespace convoke::net {

/// What the connections of one server share. Included only by this room's sources.
struct ServerContext {
  ServerLimits limits;
  ServerHandlers handlers;
  Log log;
  Overseer overseer{};
};

/// Answers the requests of one connection. Returns when it is over, or with the request that asked for a WebSocket and
/// was not refused: the socket is then as that request left it.
Task<std::optional<ServerRequest>> serve_http(asio::ip::tcp::socket& socket, ServerContext& context, std::string peer);

/// Completes the upgrade that `request` asks for and hands both to the handler of WebSockets. To be awaited on the
/// spot.
Task<> serve_websocket(asio::ip::tcp::socket& socket, ServerContext& context, ServerRequest&& request);

}  // namespace convoke::net
