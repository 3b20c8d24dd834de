#include "app/configuration.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "app/config_loader.hpp"
#include "app/memory_server.hpp"
#include "app/price_files.hpp"
#include "app/providers.hpp"
#include "hub/host_answers.hpp"

namespace convoke {
namespace {

std::string demo_server_command() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "convoke-demo-server").string();
}

std::string identity_of(const std::string& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return "";
  return fmt::format("{} {} {}.{}", found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
}

/// Prices that cannot be read are a problem; single entries that make no sense are only left out.
void read_prices(Configuration& read) {
  auto prices = std::make_shared<PriceTable>(shipped_prices());
  const std::string path = prices_path(read.config.llm);
  read.files.add(path.empty() ? std::string(usual_prices_file) : path);
  if (!path.empty()) {
    auto list = read_price_file(path);
    if (!list) read.problems.push_back({path, 0, "", "", list.error().message});
    for (const std::string& left_out : list ? list->left_out : std::vector<std::string>{}) {
      read.warnings.push_back({path, 0, "", "", left_out});
    }
    if (list) *prices = prices->with(list->table);
  }
  read.prices = std::move(prices);
}

/// What config.yaml says of all servers holds for those that say nothing themselves.
void complete(ServerEntry& entry, const McpConfig& config) {
  const auto names_it = [&](const std::string& pattern) { return fits_glob(pattern, entry.name); };
  if (!entry.allow_sampling) entry.allow_sampling = std::ranges::any_of(config.sampling.servers, names_it);
  if (!entry.roots.empty()) return;
  for (const std::string& root : config.roots) entry.roots.push_back(root_of(root));
}

void add_memory_server(Configuration& read, const std::string& servers_file) {
  ServerEntry memory = memory_server_entry();
  if (std::ranges::find(read.servers, memory.name, &ServerEntry::name) != read.servers.end()) {
    read.problems.push_back({servers_file, 0, "mcpServers." + memory.name, "",
                             "expected another name: with memory.enabled, a server of our own has this one"});
  }
  read.servers.push_back(std::move(memory));
}

}  // namespace

std::string prices_path(const LlmConfig& config) {
  if (!config.prices_file.empty()) return config.prices_file;
  return std::filesystem::exists(usual_prices_file) ? std::string(usual_prices_file) : "";
}

Configuration read_configuration(const ServeCommand& command, const Environment& environment) {
  Configuration read;
  const ConfigPath path = config_path(command.config, environment);
  read.files.add(path.path);
  ConfigOutcome main = load_config(path, environment, {.host = command.host, .port = command.port});
  const ConfigPath servers_path = servers_config_path(main.config, environment);
  read.files.add(servers_path.path);
  ServersOutcome servers =
      load_servers_config(servers_path.path, servers_path.required, demo_server_command(), environment);

  read.providers = resolve_providers(main.config.llm, environment);
  read.config = std::move(main.config);
  read.servers = std::move(servers.servers);
  read.problems = std::move(main.problems);
  read.problems.insert(read.problems.end(), servers.problems.begin(), servers.problems.end());
  if (read.config.memory.enabled) add_memory_server(read, servers_path.path);
  for (ServerEntry& entry : read.servers) complete(entry, read.config.mcp);
  read.warnings = std::move(main.warnings);
  read.warnings.insert(read.warnings.end(), servers.warnings.begin(), servers.warnings.end());
  read_prices(read);
  return read;
}

std::vector<std::string> needing_restart(const Config& a, const Config& b) {
  std::vector<std::string> names;
  const auto compare = [&](std::string_view name, const auto& before, const auto& after) {
    if (!(before == after)) names.emplace_back(name);
  };
  WebsocketConfig with_new_origins = a.websocket;
  with_new_origins.allow_origins = b.websocket.allow_origins;
  compare("chat.websocket", with_new_origins, b.websocket);
  compare("chat.service.repository", a.chat.repository, b.chat.repository);
  compare("memory", a.memory, b.memory);
  compare("server.threads", a.server.threads, b.server.threads);
  compare("mcp.credentials_file", a.mcp.credentials_file, b.mcp.credentials_file);
  compare("mcp.gateway.enabled", a.mcp.gateway, b.mcp.gateway);
  compare("mcp.connection", a.mcp.connection, b.mcp.connection);
  return names;
}

void FileWatch::add(std::string file) {
  std::string identity = identity_of(file);
  files_.push_back({std::move(file), std::move(identity)});
}

bool FileWatch::changed() {
  bool any = false;
  for (Watched& watched : files_) {
    std::string now = identity_of(watched.file);
    any = any || now != watched.identity;
    watched.identity = std::move(now);
  }
  return any;
}

}  // namespace convoke
