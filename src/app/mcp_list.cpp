#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <iostream>

#include "app/mcp_commands.hpp"
#include "base/run.hpp"
#include "hub/hub.hpp"
#include "hub/server_authorization.hpp"
#include "net/http_client.hpp"

namespace convoke {
namespace {

using namespace asio::experimental::awaitable_operators;

limits::CircuitBreaker::State breaker_named(std::string_view name) {
  using State = limits::CircuitBreaker::State;
  for (const auto state : {State::open, State::half_open}) {
    if (name == name_of(state)) return state;
  }
  return State::closed;
}

/// What /health of the running server says of its MCP servers; nothing when none runs.
Task<std::optional<std::vector<ServerStatus>>> ask_running_server(net::HttpClient& http, Config config) {
  net::HttpRequest request;
  request.url = fmt::format("http://{}:{}/health", config.websocket.host, config.websocket.port);
  request.timeouts.first_byte = 2s;
  if (!config.server.auth_tokens.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + config.server.auth_tokens.front().reveal());
  }
  const auto answer = co_await http.send(std::move(request), {});
  if (!answer || answer->head.status != 200) co_return std::nullopt;
  const auto health = parse_json(answer->body);
  const json::array* listed = health ? find_array(*health, "mcp_servers") : nullptr;
  if (!listed) co_return std::nullopt;
  std::vector<ServerStatus> servers;
  for (const json::value& one : *listed) {
    ServerStatus status{.name = string_or_empty(one, "name")};
    status.state = server_state_named(string_or_empty(one, "state")).value_or(ServerState::failed);
    status.tools = static_cast<int>(find_integer(one, "tools").value_or(0));
    status.problem = string_or_empty(one, "problem");
    status.revision = string_or_empty(one, "protocol");
    status.restarts = static_cast<int>(find_integer(one, "restarts").value_or(0));
    status.breaker = breaker_named(string_or_empty(one, "breaker"));
    servers.push_back(std::move(status));
  }
  co_return servers;
}

/// Every server has the time to start that it would have.
Task<> servers_settled(Hub& hub, const Configuration& configuration) {
  auto patience = configuration.config.mcp.connection.connection_timeout;
  for (const ServerEntry& server : configuration.servers) patience = std::max(patience, server.start_timeout);
  const Deadline deadline = SteadyClock::now() + patience + 1s;
  const auto is_starting = [](const ServerStatus& server) { return server.state == ServerState::starting; };
  while (std::ranges::any_of(hub.servers(), is_starting) && SteadyClock::now() < deadline) {
    co_await hub.changed(deadline);
  }
}

void print(const std::vector<ServerStatus>& servers) {
  std::cout << fmt::format("{:<24} {:<20} {:<12} {:>5} {:>8}  {}\n", "SERVER", "STATE", "PROTOCOL", "TOOLS", "RESTARTS",
                           "BREAKER");
  for (const ServerStatus& server : servers) {
    std::cout << fmt::format("{:<24} {:<20} {:<12} {:>5} {:>8}  {}\n", server.name, name_of(server.state),
                             server.revision.empty() ? "-" : server.revision, server.tools, server.restarts,
                             name_of(server.breaker));
    if (!server.problem.empty()) std::cout << "    " << server.problem << '\n';
  }
}

}  // namespace

Result<void> list_mcp(const Configuration& configuration, const Log& log) {
  asio::io_context loop(1);
  const Executor executor = loop.get_executor();
  const SystemClock clock;
  net::HttpClient http(executor, {.user_agent = "convoke/" CONVOKE_VERSION});
  if (const auto running = run(loop, ask_running_server(http, configuration.config))) {
    print(*running);
    return {};
  }
  auto store = credential_store(configuration.config.mcp, log);
  const auto transports = real_transports(executor, {http, store, clock}, log);
  Hub hub(configuration.servers, configuration.config.mcp.connection, executor, transports, clock, log);
  std::vector<ServerStatus> servers;
  auto look = [&]() -> Task<> {
    co_await servers_settled(hub, configuration);
    servers = hub.servers();
  };
  auto both = [&]() -> Task<> { co_await (look() || hub.run()); };
  run(loop, both());
  print(servers);
  return {};
}

}  // namespace convoke
