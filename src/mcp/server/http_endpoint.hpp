#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/task_scope.hpp"
#include "mcp/server/http_session.hpp"
#include "mcp/server/modern_server.hpp"
#include "net/http_server.hpp"

namespace convoke::mcp {

struct HttpEndpointOptions {
  /// Names under which we may be addressed. A request with another Host, or from a page of another Origin, is refused.
  std::vector<std::string> hosts{"localhost", "127.0.0.1", "[::1]"};
  std::vector<std::string> origins{};  ///< further origins whose pages may call us, e.g. "https://chat.example"
  bool checks_host = true;             ///< false: whoever calls `handle` has done that
  std::size_t max_sessions = 10'000;   ///< of legacy clients; one more is told to come back later
  std::chrono::milliseconds session_idle_limit{1'800'000};  ///< after which an unused session is forgotten
  std::size_t max_requests = 1'000;                         ///< under way at once, all clients together
};

/// Serves a Server over Streamable HTTP, clients of both eras at the same address. Give every request for that address
/// to `handle`. Used from one loop only.
class HttpEndpoint {
 public:
  HttpEndpoint(Executor executor, Server& server, HttpEndpointOptions options, Log log);
  ~HttpEndpoint();

  /// Awaits `body`, which serves HTTP; afterwards no request is under way any more.
  Task<> run(Task<> body);

  /// Answers one HTTP request. Only while `run` awaits its body.
  Task<net::ServerResponse> handle(net::ServerRequest request);

 private:
  Task<net::ServerResponse> post(net::ServerRequest request);
  Task<net::ServerResponse> post_modern(jsonrpc::Message message, net::ServerRequest request);
  Task<net::ServerResponse> answer_modern(jsonrpc::Request request, bool may_stream);
  net::ServerResponse listen_modern(jsonrpc::Request request);
  Task<net::ServerResponse> post_legacy(jsonrpc::Message message, net::ServerRequest request);
  Task<net::ServerResponse> initialize(jsonrpc::Request request);
  Task<net::ServerResponse> answer_legacy(std::shared_ptr<HttpSession> session, jsonrpc::Request request,
                                          bool may_stream);
  Task<> work_on(jsonrpc::Request request, std::shared_ptr<OutStream> stream, std::shared_ptr<Signal> abandoned);
  net::ServerResponse get_legacy(const net::ServerRequest& request);
  net::ServerResponse end_session(const net::ServerRequest& request);

  /// The session the headers name, or the refusal.
  std::expected<std::shared_ptr<HttpSession>, net::ServerResponse> session_of(const net::Headers& headers);
  void forget_idle_sessions();

  Executor executor_;
  Server& server_;
  HttpEndpointOptions options_;
  Log log_;
  TaskScope tasks_;
  TaskScope tool_tasks_;  ///< apart: they may be many, and are no requests
  TaskDesk task_desk_;
  ModernServer modern_;
  std::uint64_t sessions_begun_ = 0;
  std::map<std::string, std::shared_ptr<HttpSession>> sessions_;
};

}  // namespace convoke::mcp
