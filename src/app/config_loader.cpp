#include "app/config_loader.hpp"

#include "app/config_checks.hpp"
#include "app/config_reader.hpp"
#include "app/config_yaml.hpp"
#include "base/config_text.hpp"

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
  if (auto problem = encoding_problem(yaml, file)) {
    outcome.problems.push_back(*std::move(problem));
    return outcome;
  }
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
  check_together(overrides, environment, reader, outcome);
  std::ranges::sort(outcome.problems, {}, [](const ConfigProblem& found) { return std::pair(found.line, found.key); });
  return outcome;
}

ConfigOutcome load_config(const ConfigPath& path, const Environment& environment, const ConfigOverrides& overrides) {
  const auto text = read_config_file(path.path);
  const bool is_missed = text && !*text && path.required;
  if (text && !is_missed) return parse_config(text->value_or(""), path.path, environment, overrides);
  ConfigOutcome outcome;
  outcome.problems.push_back(is_missed ? ConfigProblem{path.path, 0, "", "", "there is no such file"} : text.error());
  return outcome;
}

}  // namespace convoke
