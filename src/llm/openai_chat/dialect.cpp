#include "llm/openai_chat/dialect.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace convoke::openai_chat {
namespace {

/// 5.6 of "gpt-5.6-sol", as 506; nothing for another family.
std::optional<int> gpt_version(std::string_view model) {
  if (!model.starts_with("gpt-")) return std::nullopt;
  model.remove_prefix(4);
  int major = 0, minor = 0;
  const auto [after_major, error] = std::from_chars(model.data(), model.data() + model.size(), major);
  if (error != std::errc{}) return std::nullopt;
  const char* end = model.data() + model.size();
  if (after_major != end && *after_major == '.') std::from_chars(after_major + 1, end, minor);
  return major * 100 + minor;
}

/// The o-series and everything from gpt-5 on: they take no sampling and call the output limit by another name.
bool reasons(std::string_view model) {
  const bool o_series = model.size() >= 2 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9';
  const bool plain_chat = model.find("-chat") != std::string_view::npos;
  return o_series || (gpt_version(model).value_or(0) >= 500 && !plain_chat);
}

Dialect openai_dialect(std::string_view model) {
  Dialect dialect{.flavour = Flavour::openai};
  if (!reasons(model)) return dialect;
  dialect.system_role = "developer";
  dialect.max_tokens_name = "max_completion_tokens";
  dialect.sampling = false;
  dialect.no_reasoning_with_tools = gpt_version(model).value_or(0) >= 506;
  return dialect;
}

bool wants_its_reasoning_back(std::string_view model) {
  return model.find("deepseek-reasoner") != std::string_view::npos || model.find("kimi") != std::string_view::npos;
}

}  // namespace

Dialect dialect_for(Flavour flavour, std::string_view model) {
  switch (flavour) {
    case Flavour::openai: return openai_dialect(model);
    case Flavour::openrouter:  // usage always comes
      return {.flavour = flavour, .stream_usage = false, .echo_reasoning_details = true};
    case Flavour::groq:  // any member outside its list is a 400, in messages too
      return {.flavour = flavour, .max_tokens_name = "max_completion_tokens", .stream_usage = false};
    case Flavour::generic: return {.flavour = flavour, .echo_reasoning = wants_its_reasoning_back(model)};
  }
  return {};
}

bool adapt_to_refusal(Dialect& dialect, std::string_view parameter) {
  constexpr std::array<std::string_view, 8> optional_members{
      "temperature", "top_p",       "stream_options", "reasoning_effort",
      "max_tokens",  "tool_choice", "stream",         "max_completion_tokens"};
  if (parameter == dialect.max_tokens_name && !dialect.refused.contains(parameter)) {
    dialect.refused.emplace(parameter);
    const std::string_view other = parameter == "max_tokens" ? "max_completion_tokens" : "max_tokens";
    if (!dialect.refused.contains(other)) dialect.max_tokens_name = other;
    return true;
  }
  for (const std::string_view member : optional_members) {
    if (parameter == member || (parameter.starts_with(member) && parameter.substr(member.size()).starts_with('.'))) {
      return dialect.refused.emplace(member).second;
    }
  }
  if (parameter.ends_with("reasoning_content") && dialect.echo_reasoning) {
    dialect.echo_reasoning = false;
    return true;
  }
  return false;
}

}  // namespace convoke::openai_chat
