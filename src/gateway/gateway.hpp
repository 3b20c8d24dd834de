#pragma once
#include <functional>
#include <list>
#include <string>

#include "gateway/access.hpp"
#include "gateway/chat_connection.hpp"

namespace convoke {

/// How the front door looks from outside.
struct GatewaySettings {
  AccessRules access;
  std::string endpoint = "/ws/chat";
  std::size_t max_connections = 10'000;  ///< WebSockets of all loops together
};

/// What the front door is told about the rest of the program. Callable from any loop.
struct ProgramState {
  std::function<bool()> ready;           ///< false while starting and while draining
  std::function<json::object()> health;  ///< the body of /health
  std::function<std::string()> metrics;  ///< the body of /metrics
  /// Answers requests for /mcp; empty: there is no such thing.
  std::function<Task<net::ServerResponse>(net::ServerRequest)> mcp{};
  /// Answers requests for /oauth/start and /oauth/callback.
  std::function<Task<net::ServerResponse>(net::ServerRequest)> oauth{};
};

/// The front door of one loop: HTTP routes, and the chat connections that are open. Used from its loop only.
class Gateway {
 public:
  Gateway(Executor executor, GatewaySettings settings, ProgramState program, ConnectionServices services,
          Gauge& connections, Log log);

  /// What a server of the same loop needs to serve it. The gateway must outlive the server.
  net::ServerHandlers handlers();

  /// Changes who may come in from now on; who is in stays.
  void use(AccessRules access) { settings_.access = std::move(access); }

  /// Tells every client.
  void announce(const Notice& notice);
  /// Closes every chat connection.
  void close_all(const net::CloseReason& reason);
  std::size_t connections() const { return connections_.size(); }

 private:
  Task<net::ServerResponse> respond(net::ServerRequest request);
  std::optional<net::ServerResponse> refuse_upgrade(const net::ServerRequest& request) const;
  Task<net::ServerResponse> usage_response(net::ServerRequest request);
  Task<> serve_chat(net::WebSocket& socket, Log log, std::string user);

  Executor executor_;
  GatewaySettings settings_;
  ProgramState program_;
  ConnectionServices services_;
  Gauge& open_connections_;
  Log log_;
  std::list<ChatConnection> connections_;
};

}  // namespace convoke
