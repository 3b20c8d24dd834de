#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>

#include "app/command_line.hpp"
#include "app/config_loader.hpp"
#include "app/program.hpp"
#include "app/providers.hpp"
#include "base/environment.hpp"
#include "cli/terminal_chat.hpp"
#include "store/memory_store.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

enum ExitCode { done = 0, failed = 1, wrong_usage = 2 };

/// Everything `serve` was told, checked.
struct Configured {
  Config config;
  std::vector<ServerEntry> servers;
  std::vector<ProviderSettings> providers;
};

std::string demo_server_command() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "convoke-demo-server").string();
}

/// Reads both files. Prints every problem; empty when there was one.
std::optional<Configured> configure(const ServeCommand& command) {
  ConfigOutcome main = load_config(config_path(command.config, system_environment), system_environment,
                                   {.host = command.host, .port = command.port});
  const ConfigPath servers_path = servers_config_path(main.config, system_environment);
  ServersOutcome servers =
      load_servers_config(servers_path.path, servers_path.required, demo_server_command(), system_environment);
  for (const auto& warnings : {main.warnings, servers.warnings}) {
    for (const ConfigProblem& warning : warnings) std::cerr << "warning: " << describe(warning) << '\n';
  }
  std::size_t problems = 0;
  for (const auto& found : {main.problems, servers.problems}) {
    for (const ConfigProblem& problem : found) std::cerr << "error: " << describe(problem) << '\n', ++problems;
  }
  if (problems > 0) {
    std::cerr << "convoke: " << problems << (problems == 1 ? " problem" : " problems") << " in the configuration\n";
    return std::nullopt;
  }
  auto providers = resolve_providers(main.config.llm, system_environment);
  return Configured{std::move(main.config), std::move(servers.servers), std::move(providers)};
}

Result<std::unique_ptr<ConversationStore>> open_store(const RepositoryConfig& config, const Log& log) {
  if (config.type == RepositoryType::memory || !config.persistence.enabled) return std::make_unique<MemoryStore>();
  return SqliteStore::open({.path = config.path}, log);
}

/// What a person at a terminal wants to know first; programs read the log.
void greet(const Config& config) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::cerr << "Convoke " CONVOKE_VERSION ": open http://" << config.websocket.host << ':' << config.websocket.port
            << " (Ctrl-C stops)\n";
  if (config.llm.active == "demo") {
    std::cerr << "No API key is set, so the built-in demo model answers. For a real one: export OPENAI_API_KEY=…, "
                 "OPENROUTER_API_KEY=… or GROQ_API_KEY=…\n";
  }
}

int serve(const ServeCommand& command) {
  auto configured = configure(command);
  if (!configured) return wrong_usage;
  if (command.validate_only) {
    std::cout << "The configuration is fine.\n";
    return done;
  }
  const LoggingConfig& logging = configured->config.logging;
  const bool on_terminal = isatty(STDERR_FILENO) != 0;
  configure_logging(logging.level, logging.format.value_or(on_terminal ? LogFormat::text : LogFormat::json));
  const Log log;
  auto store = open_store(configured->config.chat.repository, log);
  if (!store) {
    std::cerr << "convoke: " << store.error().message << '\n';
    return failed;
  }
  greet(configured->config);
  Program program(std::move(configured->config), std::move(configured->servers), std::move(configured->providers),
                  *std::move(store), log);
  const auto ended = program.run();
  if (ended) return done;
  std::cerr << "convoke: " << ended.error().message << '\n';
  return failed;
}

int chat(const ChatCommand& command) {
  return terminal_chat({.url = command.url.empty() ? "ws://localhost:8000/ws/chat" : command.url,
                        .conversation_id = command.conversation,
                        .model = command.model,
                        .token = Secret(command.token)});
}

}  // namespace
}  // namespace convoke

int main(int argc, char** argv) {
  using namespace convoke;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return std::visit(Overloaded{
                          [](const ServeCommand& command) { return serve(command); },
                          [](const ChatCommand& command) { return chat(command); },
                          [](const Done& outcome) { return outcome.exit_code; },
                      },
                      parse_command_line(argc, argv));
  } catch (const std::exception& bug) {
    std::cerr << "convoke: " << bug.what() << '\n';
    return failed;
  }
}
