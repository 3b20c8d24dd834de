#pragma once
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/signal.hpp"
#include "base/task_scope.hpp"
#include "hub/hub.hpp"
#include "hub/server_authorization.hpp"
#include "net/http_server.hpp"

namespace convoke {

/// Where a person with a browser authorizes us at MCP servers: `/oauth/start?server=NAME` sends them to the page of the
/// server's choice, which sends them back to `/oauth/callback`. Then the server connects by itself.
class AuthorizationDesk {
 public:
  /// `executor` is the loop of the hub's connections, and of `parts`. `hub` must outlive the desk.
  AuthorizationDesk(Executor executor, Hub& hub, AuthorizationParts parts, Log log);
  ~AuthorizationDesk();

  /// Works until cancelled. On the desk's loop.
  Task<> run();

  /// Answers a request for a path below /oauth/; who may come in was decided before. From any loop.
  Task<net::ServerResponse> handle(net::ServerRequest request);

  static constexpr std::string_view start_path = "/oauth/start";
  static constexpr std::string_view callback_path = "/oauth/callback";

 private:
  class Visit;
  Task<net::ServerResponse> start(net::ServerRequest request);
  Task<net::ServerResponse> come_back(net::ServerRequest request);
  Task<> authorize(std::shared_ptr<Visit> visit, ServerEntry server);
  void forget_old_visits();

  Executor executor_;
  Hub& hub_;
  AuthorizationParts parts_;
  Log log_;
  TaskScope tasks_;
  std::list<std::shared_ptr<Visit>> visits_;
  bool running_ = false;
};

}  // namespace convoke
