#pragma once
#include <boost/beast/websocket/error.hpp>

#include "base/result.hpp"

namespace convoke::net {

/// What a failed WebSocket operation means to its caller: `protocol` where the peer broke the rules, `unavailable`
/// where it is gone. Included only by this room's sources.
inline Error explain_websocket_error(const std::string& peer, boost::system::error_code error) {
  namespace websocket = boost::beast::websocket;
  const auto with = [&](Errc code, const std::string& reason) { return Error{code, peer + ": " + reason, {}}; };
  if (error == websocket::error::closed) return with(Errc::unavailable, "the peer closed the WebSocket");
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow) {
    return with(Errc::protocol, "sent a message that is too large");
  }
  if (error == websocket::condition::protocol_violation) return with(Errc::protocol, error.message());
  return with(Errc::unavailable, "the connection is gone");
}

}  // namespace convoke::net
