#include "mcp/server/methods.hpp"

namespace convoke::mcp {

namespace {

std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escaped =
        text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 && digit(text[at + 2]) >= 0;
    if (!escaped) {
      out += text[at];
      continue;
    }
    out += static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2]));
    at += 2;
  }
  return out;
}

}  // namespace

std::optional<UriVariables> match_uri(std::string_view uri_template, std::string_view uri) {
  UriVariables variables;
  while (!uri_template.empty()) {
    const auto open = uri_template.find('{');
    const auto literal = uri_template.substr(0, open);
    if (!uri.starts_with(literal)) return std::nullopt;
    uri.remove_prefix(literal.size());
    if (open == std::string_view::npos) break;
    const auto close = uri_template.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    auto name = uri_template.substr(open + 1, close - open - 1);
    uri_template.remove_prefix(close + 1);

    const bool many_segments = name.starts_with('+');
    if (many_segments) name.remove_prefix(1);
    const auto next_literal = uri_template.substr(0, uri_template.find('{'));
    const auto end = next_literal.empty() ? uri.size() : uri.find(next_literal);
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = uri.substr(0, end);
    if (value.empty() || (!many_segments && value.contains('/'))) return std::nullopt;
    variables.emplace(name, percent_decoded(value));
    uri.remove_prefix(end);
  }
  if (!uri.empty()) return std::nullopt;
  return variables;
}

}  // namespace convoke::mcp
