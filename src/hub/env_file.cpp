#include "hub/env_file.hpp"

#include <fmt/format.h>

#include "base/config_text.hpp"

namespace convoke {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::expected<std::map<std::string, Secret>, std::string> parse_env_file(std::string_view text) {
  std::map<std::string, Secret> variables;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const auto equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      return std::unexpected(fmt::format("line {} of it is not NAME=value", number));
    }
    variables.insert_or_assign(std::string(name), Secret(std::string(unquoted(trimmed(line.substr(equals + 1))))));
  }
  return variables;
}

std::expected<std::map<std::string, Secret>, std::string> read_env_file_at(const std::string& path) {
  const auto text = read_config_file(path);
  if (!text) return std::unexpected(text.error().expected);
  if (!*text) return std::unexpected("there is no such file");
  return parse_env_file(**text);
}

}  // namespace convoke
