#include "gateway/gateway.hpp"

#include "gateway/authorization_desk.hpp"
#include "gateway/page.hpp"

namespace convoke {
namespace {

net::ServerResponse yes_or_no(bool yes) { return net::text_response(yes ? 200 : 503, yes ? "ok\n" : "no\n"); }

net::ServerResponse not_allowed() {
  auto response = net::text_response(405, "Only GET and HEAD work here.\n");
  response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

net::ServerResponse metrics_response(std::string text) {
  net::ServerResponse response{.status = 200, .body = std::move(text)};
  response.headers.emplace_back("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

}  // namespace

Gateway::Gateway(Executor executor, GatewaySettings settings, ProgramState program, ConnectionServices services,
                 Gauge& connections, Log log)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      program_(std::move(program)),
      services_(std::move(services)),
      open_connections_(connections),
      log_(std::move(log)) {}

net::ServerHandlers Gateway::handlers() {
  return {.on_request = [this](net::ServerRequest request) { return respond(std::move(request)); },
          .refuse_upgrade = [this](const net::ServerRequest& request) { return refuse_upgrade(request); },
          // Of the request only peer and user are kept: the client may stay for days.
          .on_websocket =
              [this](net::WebSocket& socket, const net::ServerRequest& request) {
                return serve_chat(socket, log_.with({{"peer", request.peer}}), user_of(settings_.access, request));
              }};
}

Task<net::ServerResponse> Gateway::respond(net::ServerRequest request) {
  // Whether we live and are ready is for load balancers, who have no token; the page itself holds no secret.
  const bool is_mcp = request.path == "/mcp" && program_.mcp;
  const bool is_oauth = request.path.starts_with("/oauth/") && program_.oauth;
  // Who comes back from a server's page has no token with them: the desk knows them otherwise.
  const bool starts_oauth = is_oauth && request.path != AuthorizationDesk::callback_path;
  const bool is_private =
      is_mcp || starts_oauth || request.path == "/health" || request.path == "/metrics" || request.path == "/api/usage";
  if (auto refused = refusal(settings_.access, request, is_private)) co_return *std::move(refused);
  if (is_mcp) co_return co_await program_.mcp(std::move(request));
  if (request.method != "GET" && request.method != "HEAD") co_return not_allowed();
  if (is_oauth) co_return co_await program_.oauth(std::move(request));

  if (request.path == "/livez") co_return yes_or_no(true);
  if (request.path == "/readyz") co_return yes_or_no(program_.ready());
  if (request.path == "/health") co_return net::json_response(200, json::serialize(program_.health()));
  if (request.path == "/api/usage") co_return co_await usage_response(std::move(request));
  if (request.path == "/metrics") co_return metrics_response(program_.metrics());
  if (request.path == settings_.endpoint) {
    auto response = net::text_response(426, "This is a WebSocket; see docs/websocket-api.md.\n");
    response.headers.emplace_back("Upgrade", "websocket");
    co_return response;
  }
  co_return page_response(request);
}

std::optional<net::ServerResponse> Gateway::refuse_upgrade(const net::ServerRequest& request) const {
  if (request.path != settings_.endpoint) {
    return net::text_response(404, "There is no WebSocket here; try " + settings_.endpoint + ".\n");
  }
  if (auto refused = refusal(settings_.access, request, true)) return refused;
  if (!program_.ready()) return net::text_response(503, "The server is about to stop.\n");
  if (open_connections_.value() >= static_cast<std::int64_t>(settings_.max_connections)) {
    return net::text_response(503, "There are too many connections.\n");
  }
  return std::nullopt;
}

/// The `usage` action for those who have no WebSocket.
Task<net::ServerResponse> Gateway::usage_response(net::ServerRequest request) {
  const auto parameter = [&](std::string_view name) { return query_parameter(request.query, name).value_or(""); };
  UsageRequest wanted{.by = parameter("by"), .since = parameter("since"), .until = parameter("until")};
  const auto report = co_await services_.queries.conversations.usage(std::move(wanted));
  if (report) co_return net::json_response(200, json::serialize(to_json(*report)));
  const Error& error = report.error();
  const json::object body{{"error", {{"type", name_of(error.code)}, {"message", error.message}}}};
  co_return net::json_response(status_code_of(error.code), json::serialize(body));
}

Task<> Gateway::serve_chat(net::WebSocket& socket, Log log, std::string user) {
  log.debug("client.connected");
  const auto connection =
      connections_.emplace(connections_.end(), executor_, socket, services_, std::move(log), std::move(user));
  open_connections_.add(1);
  struct Leave {
    Gateway& gateway;
    std::list<ChatConnection>::iterator place;
    ~Leave() {
      gateway.connections_.erase(place);
      gateway.open_connections_.add(-1);
    }
  } const leave{*this, connection};
  co_await connection->run();
}

void Gateway::announce(const Notice& notice) {
  for (ChatConnection& connection : connections_) connection.announce(notice);
}

void Gateway::close_all(const net::CloseReason& reason) {
  for (ChatConnection& connection : connections_) connection.close(reason);
}

}  // namespace convoke
