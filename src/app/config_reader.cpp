#include "app/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/config_text.hpp"

namespace convoke {
namespace {

constexpr std::string_view providers_key = "llm.providers";

std::string joined(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

std::string_view last_part(std::string_view key) { return key.substr(key.rfind('.') + 1); }

/// The names that may stand directly under `inside`: "port" and "concurrency" under "chat.websocket".
template <class Owner>
std::vector<std::string> names_under(const std::string& inside, const std::vector<Setting<Owner>>& table) {
  const std::string prefix = inside.empty() ? "" : inside + ".";
  std::vector<std::string> names;
  if (inside == "llm") names.emplace_back("providers");
  for (const auto& setting : table) {
    if (!setting.key.starts_with(prefix)) continue;
    names.push_back(setting.key.substr(prefix.size(), setting.key.find('.', prefix.size()) - prefix.size()));
  }
  return names;
}

/// Configurations of Python servers hold a format string of Python's logging module here.
bool is_python_log_format(const std::string& key, const std::string& text) {
  return key == "logging.format" && text.contains("%(");
}

}  // namespace

ConfigReader::ConfigReader(std::string file, const Environment& environment, std::string active, ConfigOutcome& outcome)
    : file_(std::move(file)), environment_(environment), active_(std::move(active)), outcome_(outcome) {}

void ConfigReader::read(const ConfigNode& root) {
  if (root.kind == ConfigNode::Kind::nothing) return;
  if (root.kind != ConfigNode::Kind::section) {
    outcome_.problems.push_back({file_, root.line, "", "", "expected sections like \"llm:\" and \"chat:\""});
    return;
  }
  section(root, "", "", outcome_.config, settings());
}

/// Reads what stands under `inside`, a path within `owner`; `prefix` leads to `owner` itself.
template <class Owner>
void ConfigReader::section(const ConfigNode& node, const std::string& prefix, const std::string& inside, Owner& owner,
                           const std::vector<Setting<Owner>>& table) {
  const std::vector<std::string> names = names_under(inside, table);
  for (const auto& [name, child] : node.members) {
    const std::string path = joined(inside, name);
    const std::string key = joined(prefix, path);
    if (!first_time(child, key)) continue;
    const auto setting = std::ranges::find(table, path, &Setting<Owner>::key);
    if (setting != table.end()) {
      value(child, key, *setting, owner);
    } else if (key == providers_key) {
      providers(child);
    } else if (std::ranges::find(names, name) != names.end()) {
      if (enter(child, key)) section(child, prefix, path, owner, table);
    } else {
      unknown(key, names);
    }
  }
}

bool ConfigReader::has_problem(const std::string& key) const {
  return std::ranges::find(outcome_.problems, key, &ConfigProblem::key) != outcome_.problems.end();
}

void ConfigReader::providers(const ConfigNode& node) {
  if (!enter(node, std::string(providers_key))) return;
  for (const auto& [name, child] : node.members) {
    const std::string key = joined(std::string(providers_key), name);
    if (!first_time(child, key) || !enter(child, key)) continue;
    section(child, key, "", outcome_.config.llm.providers[name], provider_settings());
  }
}

bool ConfigReader::first_time(const ConfigNode& node, const std::string& key) {
  const auto [earlier, is_new] = lines_.emplace(key, node.line);
  if (is_new) return true;
  outcome_.problems.push_back(
      {file_, node.line, key, "", fmt::format("it is set already at line {}", earlier->second)});
  return false;
}

/// True if `node` has members to read. Nothing after the colon means nothing is set.
bool ConfigReader::enter(const ConfigNode& node, const std::string& key) {
  if (node.kind == ConfigNode::Kind::section) return true;
  if (node.kind != ConfigNode::Kind::nothing) {
    outcome_.problems.push_back({file_, node.line, key, node.text, "expected a section with settings of its own"});
  }
  return false;
}

template <class Owner>
void ConfigReader::value(const ConfigNode& node, const std::string& key, const Setting<Owner>& setting, Owner& owner) {
  if (node.kind == ConfigNode::Kind::nothing) return;
  std::vector<ConfigNode> nodes{node};
  if (setting.is_list && node.kind == ConfigNode::Kind::list) nodes = node.items;
  std::vector<std::string> texts;
  for (const ConfigNode& item : nodes) {
    if (item.kind != ConfigNode::Kind::scalar) {
      outcome_.problems.push_back({file_, item.line, key, "", "expected " + setting.accepts});
    } else if (auto text = expanded(item, key, setting.is_secret)) {
      texts.push_back(std::move(*text));
    }
  }
  if (texts.size() < nodes.size()) return;
  const std::vector<std::size_t> refused = setting.store(owner, texts);
  if (!refused.empty() && is_python_log_format(key, texts.front()))
    return warning(key, "a format of Python's logging means nothing here; it is ignored");
  for (const std::size_t at : refused) unacceptable(nodes[at], key, texts[at], setting.is_secret, setting.accepts);
}

/// Shows the text as written: what a variable holds may be a secret that got into the wrong place.
void ConfigReader::unacceptable(const ConfigNode& node, const std::string& key, const std::string& text, bool is_secret,
                                const std::string& accepts) {
  const bool varied = node.text != text;
  std::string expected = "expected " + accepts;
  if (varied) expected += ", which this is not once its variables are put in";
  if (node.text.empty()) expected += ", not an empty text";
  outcome_.problems.push_back({file_, node.line, key, is_secret ? "***" : node.text, std::move(expected)});
}

/// The text with its variables put in; nothing, having said why, when that cannot be done.
std::optional<std::string> ConfigReader::expanded(const ConfigNode& node, const std::string& key, bool is_secret) {
  // A secret with a reference in it may hold a literal part.
  const std::string shown = is_secret ? "***" : node.text;
  if (has_unclosed_reference(node.text)) {
    outcome_.problems.push_back({file_, node.line, key, shown, "expected a } after ${; write $${ for a literal ${"});
    return std::nullopt;
  }
  auto text = expand_environment(node.text, environment_);
  if (!text && !may_be_unset(key)) {
    outcome_.problems.push_back(
        {file_, node.line, key, shown, fmt::format("the environment variable {} is not set", text.error())});
  }
  if (!text) return std::nullopt;
  if (encoding_problem(*text, file_)) {
    outcome_.problems.push_back({file_, node.line, key, shown, "expected UTF-8, which the variable in it is not"});
    return std::nullopt;
  }
  return std::move(*text);
}

/// Only the provider that will be used needs its key.
bool ConfigReader::may_be_unset(const std::string& key) const {
  const std::string prefix = std::string(providers_key) + ".";
  return key.starts_with(prefix) && last_part(key) == "api_key" && key != prefix + active_ + ".api_key";
}

void ConfigReader::unknown(const std::string& key, const std::vector<std::string>& siblings) {
  for (const ForeignKey& foreign : foreign_keys()) {
    if (key == foreign.key || key.starts_with(foreign.key + "."))
      return warning(key, "means nothing here: " + foreign.why);
  }
  const std::string name(last_part(key));
  if (const std::string meant = nearest(name, siblings); !meant.empty()) {
    return warning(key, fmt::format("there is no such setting; did you mean {}?",
                                    key.substr(0, key.size() - name.size()) + meant));
  }
  for (const auto& setting : settings()) {
    if (last_part(setting.key) == name)
      return warning(key, fmt::format("there is no such setting; did you mean {}?", setting.key));
  }
  warning(key, "there is no such setting; it is ignored");
}

void ConfigReader::problem(const std::string& key, std::string value, std::string expected) {
  const auto line = lines_.find(key);
  outcome_.problems.push_back(
      {file_, line == lines_.end() ? 0 : line->second, key, std::move(value), std::move(expected)});
}

void ConfigReader::warning(const std::string& key, std::string text) {
  outcome_.warnings.push_back({file_, lines_[key], key, "", std::move(text)});
}

}  // namespace convoke
