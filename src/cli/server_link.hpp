#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "net/websocket_client.hpp"

namespace convoke {

struct ServerAddress {
  std::string url = "ws://localhost:8000/ws/chat";
  Secret token{};
};

/// The frames of one server's WebSocket, which is opened when it is needed. Used from one loop, one call at a time.
class ServerLink {
 public:
  explicit ServerLink(ServerAddress address);
  ~ServerLink();

  Task<Result<void>> send(json::object frame);
  /// The next frame, of whatever request.
  Task<Result<json::value>> next_frame();
  /// Asks, and returns the `data` of the answer. `on_piece` gets the pieces of a file that come before it.
  Task<Result<json::value>> query(std::string action, json::object payload,
                                  std::function<Result<void>(std::string_view)> on_piece = {});
  Task<> close();

 private:
  Task<Result<void>> connect();

  ServerAddress address_;
  std::unique_ptr<net::WebSocket> socket_;
};

/// What an error frame says.
Error error_in(const json::value& frame);

}  // namespace convoke
