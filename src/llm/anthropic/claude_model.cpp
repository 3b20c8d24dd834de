#include "llm/anthropic/claude_model.hpp"

#include <array>

namespace convoke::anthropic {
namespace {

constexpr int newest = 9'900;

/// 405 of "claude-sonnet-4-5-20250929" and 305 of "claude-3-5-sonnet-20241022": the first two short numbers.
int version_of(std::string_view name) {
  int major = 0, minor = -1;
  while (!name.empty() && minor < 0) {
    const std::string_view word = name.substr(0, name.find_first_of("-.@:"));
    name.remove_prefix(std::min(name.size(), word.size() + 1));
    const bool is_number = !word.empty() && word.size() <= 2 && word.find_first_not_of("0123456789") == word.npos;
    if (!is_number) {
      if (major > 0 && word.size() >= 8) break;  // a date ends the version
      continue;
    }
    int number = 0;
    for (const char digit : word) number = number * 10 + (digit - '0');
    (major == 0 ? major : minor) = number;
  }
  return major == 0 ? newest : major * 100 + std::max(minor, 0);
}

}  // namespace

ClaudeModel claude_model(std::string_view name) {
  const int version = version_of(name);
  ClaudeModel model;
  model.thinking = version >= 406 ? Thinking::adaptive : version >= 307 ? Thinking::budget : Thinking::none;
  const bool is_opus_4_7 = name.contains("opus") && version >= 407;
  model.sampling = version < 500 && !is_opus_4_7;
  model.effort = version >= 406 || (version == 405 && name.contains("opus"));
  model.formats = version >= 405;
  if (version < 307) model.max_tokens = version >= 305 ? 8'192 : 4'096;
  return model;
}

bool adapt_to_refusal(ClaudeModel& model, std::string_view parameter, std::string_view message) {
  constexpr std::array<std::string_view, 6> members{"temperature",   "top_p",       "thinking",
                                                    "output_config", "tool_choice", "cache_control"};
  for (const std::string_view member : members) {
    const bool is_named = parameter.starts_with(member) || (parameter.empty() && message.starts_with(member)) ||
                          message.starts_with("`" + std::string(member));
    if (is_named) return model.refused.emplace(member).second;
  }
  const bool about_cache = message.contains("cache_control");
  return about_cache && model.refused.emplace("cache_control").second;
}

}  // namespace convoke::anthropic
