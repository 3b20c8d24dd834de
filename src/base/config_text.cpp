#include "base/config_text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/utf8.hpp"

namespace convoke {

std::expected<std::optional<std::string>, ConfigProblem> read_config_file(const std::string& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind == std::filesystem::file_type::not_found) return std::nullopt;
  if (kind == std::filesystem::file_type::directory) {
    return std::unexpected(ConfigProblem{path, 0, "", "", "it is a folder, not a file"});
  }
  std::ifstream stream(path);
  std::ostringstream text;
  if (stream && stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
  if (!stream.is_open() || stream.bad()) return std::unexpected(ConfigProblem{path, 0, "", "", "it cannot be read"});
  return std::move(text).str();
}

std::optional<ConfigProblem> encoding_problem(std::string_view text, const std::string& file) {
  const std::size_t valid = valid_utf8_prefix(text);
  if (valid == text.size()) return std::nullopt;
  const auto line = 1 + std::ranges::count(text.substr(0, valid), '\n');
  return ConfigProblem{file, static_cast<int>(line), "", "", "this line is not UTF-8; save the file in that encoding"};
}

bool has_unclosed_reference(std::string_view text) {
  const auto begins_name = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const bool is_literal = at > 0 && text[at - 1] == '$';
    const std::string_view inside = text.substr(at + 2);
    if (!is_literal && !inside.empty() && begins_name(inside.front()) && !inside.contains('}')) return true;
  }
  return false;
}

}  // namespace convoke
