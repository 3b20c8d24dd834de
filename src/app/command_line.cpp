#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

namespace convoke {
namespace {

constexpr const char* footer = R"(
A first conversation:
  convoke serve                     then open http://localhost:8000
  convoke chat                      in a second terminal
  echo "add 2 and 3" | convoke chat prints the answer alone

Keys of the providers come from the environment: OPENAI_API_KEY, ANTHROPIC_API_KEY, OPENROUTER_API_KEY, GROQ_API_KEY.
Without any, the built-in demo model answers. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.)";

CLI::App* add_serve(CLI::App& app, ServeCommand& serve) {
  CLI::App* command = app.add_subcommand("serve", "Run the server in the foreground");
  command->add_option("-c,--config", serve.config, "The configuration, instead of ./config.yaml or MCP_CONFIG_PATH");
  command->add_option("--host", serve.host, "The address to listen on, instead of chat.websocket.host");
  command->add_option("-p,--port", serve.port, "The port to listen on; 0 takes a free one")
      ->check(CLI::Range(0, 65535));
  command->add_flag("--validate-only", serve.validate_only, "Check both configuration files and say what is wrong");
  return command;
}

CLI::App* add_chat(CLI::App& app, ChatCommand& chat) {
  CLI::App* command =
      app.add_subcommand("chat", "Talk to a running server in the terminal, or pipe a question through it");
  command->add_option("-u,--url", chat.url,
                      "The server, e.g. http://localhost:8000, instead of the one in ./config.yaml");
  command->add_option("-C,--conversation", chat.conversation, "Go on with this conversation");
  command->add_option("-m,--model", chat.model, "Ask this model");
  command->add_option("--token", chat.token, "Bearer token, where the server asks for one")->envname("CONVOKE_TOKEN");
  return command;
}

void add_mcp(CLI::App& app, McpCommand& mcp) {
  using Action = McpCommand::Action;
  CLI::App* group = app.add_subcommand("mcp", "Use the configured MCP servers without the chat");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* meaning, Action action) {
    CLI::App* command = group->add_subcommand(name, meaning);
    command->add_option("-c,--config", mcp.config, "The configuration, instead of ./config.yaml or MCP_CONFIG_PATH");
    command->callback([&mcp, action] { mcp.action = action; });
    return command;
  };
  add("serve", "Be one MCP server, on standard input and output, for all configured ones", Action::serve);
  add("list", "Tell of every server whether it is connected, and what it offers", Action::list);
  CLI::App* log_in = add("login", "Allow Convoke to use a server, in a browser", Action::log_in);
  log_in->add_option("SERVER", mcp.server, "Its name in servers_config.json")->required();
  log_in->add_flag("!--no-browser", mcp.opens_browser, "Only print the address, open no browser");
  CLI::App* log_out = add("logout", "Forget the tokens for a server", Action::log_out);
  log_out->add_option("SERVER", mcp.server, "Its name in servers_config.json")->required();
  CLI::App* approvals = add("approvals", "What users approved for the rest of a conversation", Action::approvals);
  approvals->add_option("--forget", mcp.forget, "Ask again about SERVER or SERVER/TOOL, with * and ?");
}

void add_server(CLI::App* command, ServerOptions& server) {
  command->add_option("-u,--url", server.url,
                      "The server, e.g. http://localhost:8000, instead of the one in ./config.yaml");
  command->add_option("--token", server.token, "Bearer token, where the server asks for one")->envname("CONVOKE_TOKEN");
}

CLI::App* add_export(CLI::App& app, ExportCommand& wanted) {
  CLI::App* command = app.add_subcommand("export", "Write conversations of a running server to a file");
  add_server(command, wanted.server);
  auto* ids = command->add_option("ID", wanted.conversations, "The conversations");
  auto* all = command->add_flag("--all", wanted.all, "All of them, those put away too")->excludes(ids);
  command->add_option("-f,--format", wanted.format, "jsonl: everything, to be imported again; openai: as messages")
      ->check(CLI::IsMember({"jsonl", "openai"}))
      ->capture_default_str();
  command->add_option("-o,--output", wanted.file, "The file, instead of standard output");
  command->callback([ids, all] {
    if (ids->empty() && all->empty()) throw CLI::RequiredError("ID or --all");
  });
  return command;
}

CLI::App* add_import(CLI::App& app, ImportCommand& given) {
  CLI::App* command = app.add_subcommand("import", "Take conversations from a file into a running server");
  add_server(command, given.server);
  command->add_option("FILE", given.file, "The file; - is standard input")->required();
  command->add_flag("--copy", given.copy, "Give each a new id, also where it is there already");
  return command;
}

CLI::App* add_search(CLI::App& app, SearchCommand& search) {
  CLI::App* command = app.add_subcommand("search", "Find what was said in any conversation of a running server");
  add_server(command, search.server);
  command->add_option("WORDS", search.words, "All of them must be there; \"a phrase\", wor*, -word")->required();
  command->add_option("--role", search.role, "Only what was said by user, assistant or tool")
      ->check(CLI::IsMember({"user", "assistant", "tool"}));
  command->add_option("-C,--conversation", search.conversation, "Only in this conversation");
  command->add_option("-n,--limit", search.limit, "At most so many places")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_flag("--json", search.json, "As JSON");
  return command;
}

CLI::App* add_tokens(CLI::App& app, TokensCommand& tokens) {
  CLI::App* command = app.add_subcommand("tokens", "Count the tokens a model makes of files, or of standard input");
  command->add_option("FILE", tokens.files, "What to count; - is standard input");
  command->add_option("-m,--model", tokens.model, "The model, or the name of an encoding such as cl100k_base")
      ->capture_default_str();
  command->add_flag("--json", tokens.json, "Tell the tokenizer, its error and the bytes too, one JSON object a file");
  return command;
}

CLI::App* add_usage(CLI::App& app, UsageCommand& usage) {
  CLI::App* command = app.add_subcommand("usage", "Show what models used and cost");
  command
      ->add_option("--by", usage.by,
                   "day, month, provider, model, key, user, purpose, conversation; or several: day,model")
      ->capture_default_str();
  command->add_option("--since", usage.since, "The first day: 2026-11-01, today, month, or 7d for seven days");
  command->add_option("--until", usage.until, "The last day");
  auto* json = command->add_flag("--json", usage.json, "As JSON");
  command->add_flag("--csv", usage.csv, "As comma-separated values")->excludes(json);
  command->add_option("--database", usage.database, "The database, instead of the configured one");
  command->add_option("-c,--config", usage.config, "The configuration that names the database");
  return command;
}

CLI::App* add_prices(CLI::App& app, PricesCommand& prices) {
  CLI::App* command = app.add_subcommand("prices", "Show what models cost, in dollars for a million tokens");
  command->add_option("MODEL", prices.model, "Part of a model's name");
  command->add_flag("--json", prices.json, "As JSON: a list of prices, in dollars for a million tokens");
  command->add_option("-c,--config", prices.config, "The configuration that names the list of prices");
  return command;
}

CLI::App* add_update(CLI::App& prices, UpdatePricesCommand& update) {
  CLI::App* command = prices.add_subcommand("update", "Take newer prices from a file or a provider's list of models");
  command->add_option("--from", update.from,
                      "A file: LiteLLM's catalogue, an answer of GET /models, or a list of ours");
  command->add_option("--provider", update.provider, "Whose models they are; without --from, it is asked for them")
      ->capture_default_str();
  command->add_option("--to", update.to, "The list to write, instead of the configured one");
  command->add_option("-c,--config", update.config, "The configuration that names the list of prices");
  return command;
}

/// `convoke db ACTION`.
void add_db(CLI::App& app, DbCommand& db) {
  CLI::App* command = app.add_subcommand("db", "Look after the database");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* about, const char* copy) {
    CLI::App* action = command->add_subcommand(name, about);
    action->add_option("--database", db.database, "The database, instead of the configured one");
    action->add_option("-c,--config", db.config, "The configuration that names the database");
    if (copy) action->add_option("FILE", db.copy, copy)->required();
    action->callback([&db, name] { db.action = name; });
    return action;
  };
  add("check", "Tell whether the file is whole", nullptr);
  add("backup", "Copy it, also while the server runs", "The copy to make");
  add("restore", "Put a copy in its place; the server must not run", "The copy");
  add("vacuum", "Give free space back; the server must not run", nullptr);
  add("recover", "Save what can be read of a damaged file", "The file to make");
  static bool dry_run = false;
  add("retention", "Show what has to go by the configured policy; the server deletes it by itself", nullptr)
      ->add_flag("--dry-run", dry_run, "Only show it, which is all this does");
}

/// What is wrong with the word where a command should stand; "" if one stands there, or no word.
std::string unknown_command(const CLI::App& app, int argc, char** argv) {
  const CLI::App* group = &app;
  for (int i = 1; i < argc && group->get_require_subcommand_min() > 0; ++i) {
    const std::string word = argv[i];
    if (word.starts_with('-')) return "";
    const auto commands = group->get_subcommands([](const CLI::App*) { return true; });
    const auto found = std::ranges::find(commands, word, [](const CLI::App* one) { return one->get_name(); });
    if (found == commands.end()) {
      std::string names;
      for (const CLI::App* one : commands) names += (names.empty() ? "" : ", ") + one->get_name();
      return "unknown subcommand " + word + "; there are: " + names;
    }
    group = *found;
  }
  return "";
}

}  // namespace

Command parse_command_line(int argc, char** argv) {
  CLI::App app("Convoke: a Model Context Protocol chat backend", "convoke");
  app.set_version_flag("-V,--version", "convoke " CONVOKE_VERSION);
  app.require_subcommand(1);
  ServeCommand serve;
  ChatCommand chat;
  TokensCommand tokens;
  const CLI::App* serve_command = add_serve(app, serve);
  const CLI::App* tokens_command = add_tokens(app, tokens);
  UsageCommand usage;
  PricesCommand prices;
  UpdatePricesCommand update;
  const CLI::App* usage_command = add_usage(app, usage);
  CLI::App* prices_command = add_prices(app, prices);
  const CLI::App* update_command = add_update(*prices_command, update);
  add_chat(app, chat);
  ExportCommand exporting;
  const CLI::App* export_command = add_export(app, exporting);
  ImportCommand importing;
  const CLI::App* import_command = add_import(app, importing);
  SearchCommand search;
  const CLI::App* search_command = add_search(app, search);
  DbCommand db;
  add_db(app, db);
  McpCommand mcp;
  add_mcp(app, mcp);
  app.footer(footer);  // now, so that the commands do not inherit it
  if (const std::string complaint = unknown_command(app, argc, argv); !complaint.empty()) {
    std::cerr << "convoke: " << complaint << '\n';
    return Done{2};
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Done{app.exit(error) == 0 ? 0 : 2};
  }
  if (serve_command->parsed()) return serve;
  if (app.got_subcommand("mcp")) return mcp;
  if (tokens_command->parsed()) return tokens;
  if (usage_command->parsed()) return usage;
  if (export_command->parsed()) return exporting;
  if (import_command->parsed()) return importing;
  if (search_command->parsed()) return search;
  if (!db.action.empty()) return db;
  if (update_command->parsed()) return update;
  if (prices_command->parsed()) return prices;
  return chat;
}

}  // namespace convoke
