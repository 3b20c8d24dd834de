// What the program tells about itself: /health, /metrics and the `status` action.
#include <unistd.h>

#include <fstream>

#include "app/limits_json.hpp"
#include "app/program.hpp"

namespace convoke {
namespace {

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  statm >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

json::object to_json(const ServerStatus& server) {
  json::object object{
      {"name", server.name}, {"state", name_of(server.state)}, {"tools", server.tools}, {"restarts", server.restarts}};
  object["breaker"] = name_of(server.breaker);
  if (!server.problem.empty()) object["problem"] = server.problem;
  if (server.state == ServerState::needs_authorization) {
    object["authorize"] = std::string(AuthorizationDesk::start_path) + "?server=" + server.name;
  }
  if (!server.revision.empty()) object["protocol"] = server.revision;
  return object;
}

json::array to_json(const std::vector<ServerStatus>& servers) {
  json::array array;
  for (const ServerStatus& server : servers) array.push_back(to_json(server));
  return array;
}

}  // namespace

json::object Program::health() const {
  const StoreStatus store = store_->status();
  json::object store_json{
      {"kind", store.kind}, {"location", store.location}, {"healthy", store.healthy}, {"waiting", store.waiting}};
  if (!store.problem.empty()) store_json["problem"] = store.problem;
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - began_);
  const auto offered = offered_models();
  return {{"status", !ready_         ? "draining"
                     : store.healthy ? "ok"
                                     : "degraded"},
          {"version", CONVOKE_VERSION},
          {"uptime_seconds", uptime.count()},
          {"provider", {{"name", offered->provider}, {"model", offered->model}}},
          {"mcp_servers", to_json(hub_.servers())},
          {"models", limits_to_json(gate_.lanes())},
          {"budgets", limits_to_json(gate_.budgets())},
          {"store", std::move(store_json)},
          {"turns_running", turn_metrics_.running.value()}};
}

json::object Program::status() const {
  const auto offered = offered_models();
  json::array tools;
  for (const Tool& tool : *hub_.tools()) {
    tools.push_back({{"name", tool.name}, {"server", tool.server}, {"description", tool.description}});
  }
  json::array models;
  for (const std::string& name : offered->names) models.push_back(json::string(name));
  json::object status{{"version", CONVOKE_VERSION},  {"provider", offered->provider},
                      {"model", offered->model},     {"demo", offered->provider == "demo"},
                      {"models", std::move(models)}, {"servers", to_json(hub_.servers())},
                      {"tools", std::move(tools)}};
  if (!offered->hint.empty()) status["hint"] = offered->hint;
  return status;
}

std::string Program::metrics_text() {
  const StoreStatus store = store_->status();
  metrics_.gauge("store_healthy", "1 while the store can write.").set(store.healthy ? 1 : 0);
  metrics_.gauge("store_waiting_appends", "Appends that are not on disk yet.").set(store.waiting);
  metrics_.gauge("store_events", "Events stored since the start.").set(store.events);
  metrics_.gauge("store_commits", "Commits since the start.").set(store.commits);
  metrics_.gauge("store_commit_microseconds", "Time spent committing since the start.")
      .set(static_cast<std::int64_t>(store.commit_seconds * 1e6));
  const TokenCounts::Figures counts = token_counts_.figures();
  const std::uint64_t looked_up = counts.hits + counts.misses;
  metrics_.gauge("token_count_cache_hits", "Long texts whose token count was known, since the start.")
      .set(static_cast<std::int64_t>(counts.hits));
  metrics_.gauge("token_count_cache_misses", "Long texts whose tokens had to be counted, since the start.")
      .set(static_cast<std::int64_t>(counts.misses));
  metrics_.gauge("token_count_cache_hit_percent", "Hits of all look-ups since the start.")
      .set(looked_up == 0 ? 0 : static_cast<std::int64_t>(100 * counts.hits / looked_up));
  metrics_.gauge("token_count_cache_bytes", "Bytes of the texts that are remembered.")
      .set(static_cast<std::int64_t>(counts.bytes));
  gate_.measure();
  metrics_.gauge("resident_memory_bytes", "Memory of the process that is in RAM.").set(resident_bytes());
  metrics_.gauge("uptime_seconds", "Since the start.")
      .set(std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - began_).count());
  for (const ServerStatus& server : hub_.servers()) {
    metrics_.gauge("mcp_server_up", "1 while the MCP server is ready.", {{"server", server.name}})
        .set(server.state == ServerState::ready ? 1 : 0);
    metrics_.gauge("mcp_server_breaker_state", "0 closed, 1 open, 2 half-open.", {{"server", server.name}})
        .set(static_cast<std::int64_t>(server.breaker));
    metrics_.gauge("mcp_server_restarts", "Restarts since the start.", {{"server", server.name}}).set(server.restarts);
  }
  return metrics_.exposition();
}

}  // namespace convoke
