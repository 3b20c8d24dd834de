#include "app/config_loader.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <fstream>
#include <sstream>

#include "app/config_reader.hpp"
#include "app/config_yaml.hpp"
#include "app/providers.hpp"
#include "store/postgres/address.hpp"
#include "tokens/tokenizer_files.hpp"

namespace convoke {
namespace {

bool is_set(const Environment& environment, std::string_view name) {
  const auto value = environment(name);
  return value && !value->empty();
}

/// The provider when the file names none: whoever has put a key into the environment means to use it.
std::string provider_with_a_key(const Environment& environment) {
  if (is_set(environment, "OPENAI_API_KEY")) return "openai";
  if (is_set(environment, "ANTHROPIC_API_KEY")) return "anthropic";
  if (is_set(environment, "OPENROUTER_API_KEY")) return "openrouter";
  if (is_set(environment, "GROQ_API_KEY")) return "groq";
  return "demo";
}

/// `llm.active` has to be known before anything else is read: it decides whose key must be there.
std::string active_provider(const ConfigNode& root, const Environment& environment) {
  for (const auto& [section, llm] : root.members) {
    for (const auto& [name, value] : llm.members) {
      if (section != "llm" || name != "active") continue;
      const auto active = expand_environment(value.text, environment);
      if (active && !active->empty()) return *active;
    }
  }
  return provider_with_a_key(environment);
}

bool is_loopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

/// What no single setting shows: values that do not go together.
void check_together(const Config& config, const ConfigOverrides& overrides, const Environment& environment,
                    ConfigReader& reader) {
  for (const ProviderProblem& found :
       active_provider_problems(config.llm, resolve_providers(config.llm, environment))) {
    if (!reader.has_problem(found.key)) reader.problem(found.key, found.value, found.expected);
  }
  for (const auto& [name, provider] : config.llm.providers) {
    const PricesConfig& prices = provider.prices;
    const bool is_whole = prices.input && prices.output;
    const bool is_empty = prices == PricesConfig{};
    const std::string missing = fmt::format("llm.providers.{}.prices.{}", name, prices.input ? "output" : "input");
    if (!is_whole && !is_empty) reader.problem(missing, "", "expected with the other prices: input and output both");
    if (provider.tokenizer.empty()) continue;
    const auto tokenizer = tokenizer_from_file(provider.tokenizer);
    if (!tokenizer)
      reader.problem("llm.providers." + name + ".tokenizer", provider.tokenizer, tokenizer.error().message);
  }
  for (const std::string& fallback : config.llm.fallbacks) {
    const std::string name(provider_part(fallback));
    if (config.llm.providers.contains(name) || find_known_provider(name)) continue;
    reader.problem("llm.fallbacks", fallback,
                   "expected a name under llm.providers or a known one, alone or with :MODEL");
  }
  for (const auto& [key, wanted] : {std::pair("chat.service.context.summary.model", &config.chat.context.summary.model),
                                    std::pair("chat.service.titles.model", &config.chat.titles.model)}) {
    if (!can_be_meant(config.llm, *wanted)) {
      reader.problem(key, *wanted,
                     "expected a model, or provider:model with a name under llm.providers or a known one");
    }
  }
  if (!is_loopback(config.websocket.host) && config.server.auth_tokens.empty()) {
    reader.problem(overrides.host ? "--host" : "chat.websocket.host", config.websocket.host,
                   "other machines can reach this address, so clients must authenticate: list at least one token "
                   "under server.auth.tokens, or listen on localhost");
  }
  const RepositoryConfig& repository = config.chat.repository;
  if (repository.type == RepositoryType::postgresql && !location_of(repository.url)) {
    reader.problem("chat.service.repository.url", "", "expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
  }
  if (config.chat.context.reserve_tokens >= config.chat.context.max_tokens) {
    reader.problem(
        "chat.service.context.reserve_tokens", std::to_string(config.chat.context.reserve_tokens),
        fmt::format("expected less than chat.service.context.max_tokens, which is {}", config.chat.context.max_tokens));
  }
  const ConnectionSettings& connection = config.mcp.connection;
  if (connection.initial_reconnect_delay > connection.max_reconnect_delay) {
    reader.problem("mcp.connection.initial_reconnect_delay", "", "expected at most mcp.connection.max_reconnect_delay");
  }
}

}  // namespace

ConfigPath config_path(const std::optional<std::string>& command_line, const Environment& environment) {
  if (command_line) return {*command_line, true};
  if (is_set(environment, "MCP_CONFIG_PATH")) return {*environment("MCP_CONFIG_PATH"), true};
  return {"config.yaml", false};
}

ConfigPath servers_config_path(const Config& config, const Environment& environment) {
  if (is_set(environment, "MCP_SERVERS_CONFIG_PATH")) return {*environment("MCP_SERVERS_CONFIG_PATH"), true};
  if (!config.mcp.config_file.empty()) return {config.mcp.config_file, true};
  return {"servers_config.json", false};
}

ConfigOutcome parse_config(std::string_view yaml, const std::string& file, const Environment& environment,
                           const ConfigOverrides& overrides) {
  ConfigOutcome outcome;
  const auto root = parse_yaml(yaml, file);
  if (!root) {
    outcome.problems.push_back(root.error());
    return outcome;
  }
  Config& config = outcome.config;
  const std::string active = active_provider(*root, environment);
  ConfigReader reader(file, environment, active, outcome);
  reader.read(*root);
  config.llm.active = active;
  if (overrides.host) config.websocket.host = *overrides.host;
  if (overrides.port) config.websocket.port = *overrides.port;
  check_together(config, overrides, environment, reader);
  std::ranges::sort(outcome.problems, {}, [](const ConfigProblem& found) { return std::pair(found.line, found.key); });
  return outcome;
}

ConfigOutcome load_config(const ConfigPath& path, const Environment& environment, const ConfigOverrides& overrides) {
  std::ifstream stream(path.path);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  ConfigOutcome outcome = parse_config(text.view(), path.path, environment, overrides);
  if (!stream && path.required)
    outcome.problems.push_back({path.path, 0, "", "", "there is no such file, or it cannot be read"});
  return outcome;
}

}  // namespace convoke
