#include "base/environment.hpp"

#include <algorithm>
#include <cstdlib>

namespace convoke {
namespace {

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  if (text.empty() || !letter(text[0])) return false;
  return std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

struct Reference {
  std::string_view name;
  std::optional<std::string_view> otherwise;
};

/// What stands between the braces of `${...}`, if it is a reference.
std::optional<Reference> reference_in(std::string_view braced) {
  if (braced.starts_with("env:")) braced.remove_prefix(4);
  Reference found{braced, std::nullopt};
  if (const auto dash = braced.find(":-"); dash != std::string_view::npos) {
    found = {braced.substr(0, dash), braced.substr(dash + 2)};
  }
  if (!is_name(found.name)) return std::nullopt;
  return found;
}

std::expected<std::string, std::string> value_of(const Reference& reference, const Environment& environment) {
  auto value = environment(reference.name);
  if (reference.otherwise && (!value || value->empty())) return std::string(*reference.otherwise);
  if (!value) return std::unexpected(std::string(reference.name));
  return std::move(*value);
}

}  // namespace

std::optional<std::string> system_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (!value) return std::nullopt;
  return value;
}

std::expected<std::string, std::string> expand_environment(std::string_view text, const Environment& environment) {
  if (text.starts_with("env:") && is_name(text.substr(4))) {
    return value_of({text.substr(4), std::nullopt}, environment);
  }
  std::string expanded;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    expanded += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      expanded += "${";
      text.remove_prefix(3);
      continue;
    }
    const auto end = text.starts_with("${") ? text.find('}') : std::string_view::npos;
    const auto reference = end == std::string_view::npos ? std::nullopt : reference_in(text.substr(2, end - 2));
    if (!reference) {
      expanded += '$';
      text.remove_prefix(1);
      continue;
    }
    auto value = value_of(*reference, environment);
    if (!value) return value;
    expanded += *value;
    text.remove_prefix(end + 1);
  }
  return expanded;
}

}  // namespace convoke
