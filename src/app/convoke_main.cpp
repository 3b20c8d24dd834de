#include <unistd.h>

#include <csignal>
#include <iostream>

#include "app/command_line.hpp"
#include "app/config_loader.hpp"
#include "app/configuration.hpp"
#include "app/db_command.hpp"
#include "app/mcp_commands.hpp"
#include "app/prices_command.hpp"
#include "app/program.hpp"
#include "app/tokens_command.hpp"
#include "app/usage_command.hpp"
#include "base/environment.hpp"
#include "cli/commands.hpp"
#include "cli/server_address.hpp"
#include "cli/terminal_chat.hpp"
#include "store/memory_ledger.hpp"
#include "store/memory_store.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

enum ExitCode { done = 0, failed = 1, wrong_usage = 2 };

/// Tells people everything that is wrong. False when there is a problem.
bool is_usable(const Configuration& configuration) {
  for (const ConfigProblem& warning : configuration.warnings) std::cerr << "warning: " << describe(warning) << '\n';
  for (const ConfigProblem& problem : configuration.problems) std::cerr << "error: " << describe(problem) << '\n';
  const std::size_t problems = configuration.problems.size();
  if (problems > 0) {
    std::cerr << "convoke: " << problems << (problems == 1 ? " problem" : " problems") << " in the configuration\n";
  }
  return problems == 0;
}

template <class Store>
Result<OpenedStore> with_ledger(Result<std::unique_ptr<Store>> opened) {
  TRY(std::unique_ptr<Store> store, std::move(opened));
  auto ledger = store->ledger();
  return OpenedStore{std::move(store), std::move(ledger)};
}

Result<OpenedStore> open_store(const RepositoryConfig& config, const Log& log) {
  if (config.type == RepositoryType::memory || !config.persistence.enabled) {
    return OpenedStore{std::make_unique<MemoryStore>(), std::make_unique<MemoryLedger>()};
  }
  if (config.type == RepositoryType::postgresql) {
    return with_ledger(PostgresStore::open({.url = config.url}, log));
  }
  return with_ledger(SqliteStore::open({.path = config.path}, log));
}

/// What a person at a terminal wants to know first; programs read the log.
void greet(const Config& config) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::cerr << "Convoke " CONVOKE_VERSION ": open http://" << config.websocket.host << ':' << config.websocket.port
            << " (Ctrl-C stops)\n";
  if (config.llm.active == "demo") {
    std::cerr << "No API key is set, so the built-in demo model answers. For a real one: export OPENAI_API_KEY=…, "
                 "ANTHROPIC_API_KEY=…, OPENROUTER_API_KEY=… or GROQ_API_KEY=…\n";
  }
}

int serve(const ServeCommand& command) {
  Configuration configuration = read_configuration(command, system_environment);
  if (!is_usable(configuration)) return wrong_usage;
  if (command.validate_only) {
    std::cout << "The configuration is fine.\n";
    return done;
  }
  apply_logging(configuration.config.logging);
  const Log log;
  auto store = open_store(configuration.config.chat.repository, log);
  if (!store) {
    std::cerr << "convoke: " << store.error().message << '\n';
    return failed;
  }
  greet(configuration.config);
  auto read_again = [command] { return read_configuration(command, system_environment); };
  Program program(std::move(configuration), read_again, *std::move(store), log);
  const auto ended = program.run();
  if (ended) return done;
  std::cerr << "convoke: " << ended.error().message << '\n';
  return failed;
}

Result<void> run_mcp_command(const McpCommand& command, const Configuration& configuration, const Log& log) {
  switch (command.action) {
    case McpCommand::Action::serve: return serve_mcp(configuration, log);
    case McpCommand::Action::list: return list_mcp(configuration, log);
    case McpCommand::Action::log_in: return log_in(configuration, command.server, command.opens_browser, log);
    case McpCommand::Action::log_out: return log_out(configuration, command.server, log);
    case McpCommand::Action::approvals: return show_approvals(configuration, command.forget);
  }
  std::unreachable();
}

int use_mcp(const McpCommand& command) {
  const Configuration configuration = read_configuration({.config = command.config}, system_environment);
  if (!is_usable(configuration)) return wrong_usage;
  apply_logging(configuration.config.logging);
  const auto ended = run_mcp_command(command, configuration, Log{});
  if (ended) return done;
  std::cerr << "convoke: " << ended.error().message << '\n';
  return failed;
}

/// The server that the command line names; else the one that the configuration is of, as far as that can be read. Its
/// token goes to nobody else.
ServerAddress address_of(const ServerOptions& server) {
  const Config config = load_config(config_path(std::nullopt, system_environment), system_environment).config;
  const WebsocketConfig& here = config.websocket;
  if (!server.url.empty()) return {websocket_address(server.url, here.endpoint), Secret(server.token)};
  Secret token(server.token);
  if (token.empty() && !config.server.auth_tokens.empty()) token = config.server.auth_tokens.front();
  return {websocket_address(here.host, here.port, here.endpoint), std::move(token)};
}

int chat(const ChatCommand& command) {
  ServerAddress address = address_of({.url = command.url, .token = command.token});
  return terminal_chat({.url = std::move(address.url),
                        .conversation_id = command.conversation,
                        .model = command.model,
                        .token = std::move(address.token)});
}

int export_them(const ExportCommand& command) {
  return export_conversations({.server = address_of(command.server),
                               .conversations = command.conversations,
                               .all = command.all,
                               .format = command.format,
                               .file = command.file});
}

int import_it(const ImportCommand& command) {
  return import_conversations({.server = address_of(command.server), .file = command.file, .copy = command.copy});
}

int search(const SearchCommand& command) {
  std::string words;
  for (const std::string& word : command.words) words += words.empty() ? word : " " + word;
  return search_conversations({.server = address_of(command.server),
                               .words = words,
                               .role = command.role,
                               .conversation = command.conversation,
                               .limit = command.limit,
                               .json = command.json});
}

int tokens(const TokensCommand& command) {
  return count_tokens(command, std::cin, std::cout, std::cerr) ? done : failed;
}

}  // namespace
}  // namespace convoke

int main(int argc, char** argv) {
  using namespace convoke;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return std::visit(
        Overloaded{
            [](const ServeCommand& command) { return serve(command); },
            [](const ChatCommand& command) { return chat(command); },
            [](const McpCommand& command) { return use_mcp(command); },
            [](const ExportCommand& command) { return export_them(command); },
            [](const ImportCommand& command) { return import_it(command); },
            [](const SearchCommand& command) { return search(command); },
            [](const TokensCommand& command) { return tokens(command); },
            [](const UsageCommand& command) { return show_usage(command, system_environment, std::cout, std::cerr); },
            [](const DbCommand& command) {
              return look_after_database(command, system_environment, std::cout, std::cerr);
            },
            [](const PricesCommand& command) { return show_prices(command, system_environment, std::cout, std::cerr); },
            [](const UpdatePricesCommand& command) {
              return update_prices(command, system_environment, std::cout, std::cerr);
            },
            [](const Done& outcome) { return outcome.exit_code; },
        },
        parse_command_line(argc, argv));
  } catch (const std::exception& bug) {
    std::cerr << "convoke: " << bug.what() << '\n';
    return failed;
  }
}
