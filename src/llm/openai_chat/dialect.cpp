#include "llm/openai_chat/dialect.hpp"

#include <algorithm>
#include <array>

#include "llm/openai_model.hpp"

namespace convoke::openai_chat {
namespace {

template <std::size_t N>
bool has_one_of(std::string_view model, const std::array<std::string_view, N>& names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return model.contains(name); });
}

Dialect openai_dialect(std::string_view model) {
  const OpenAiModel known = openai_model(model);
  Dialect dialect{.flavour = Flavour::openai, .images = known.sees};
  if (!known.reasons) {
    dialect.efforts = Efforts::none_at_all;
    return dialect;
  }
  dialect.system_role = "developer";
  dialect.max_tokens_name = "max_completion_tokens";
  dialect.sampling = false;
  dialect.no_reasoning_with_tools = known.version >= 506;
  return dialect;
}

bool wants_its_reasoning_back(std::string_view model) {
  constexpr std::array<std::string_view, 2> names{"deepseek-reasoner", "kimi"};
  return has_one_of(model, names);
}

/// Families that everybody serves and that cannot see.
bool is_blind(std::string_view model) {
  constexpr std::array<std::string_view, 4> names{"gpt-oss", "deepseek", "glm-5.3", "llama-3.3"};
  return has_one_of(model, names);
}

/// Mistral's servers, and its tokenizer elsewhere, take ids of nine letters and digits only.
std::size_t call_id_size(std::string_view model) {
  constexpr std::array<std::string_view, 6> mistral{"mistral",   "mixtral",   "codestral",
                                                    "ministral", "magistral", "devstral"};
  return has_one_of(model, mistral) ? 9 : 40;
}

/// Any member outside Groq's list is a 400, in messages too.
Dialect groq_dialect(std::string_view model) {
  Dialect dialect{.flavour = Flavour::groq, .max_tokens_name = "max_completion_tokens", .stream_usage = false};
  constexpr std::array<std::string_view, 3> seeing{"qwen3.6", "qwen3.8", "llama-4"};
  dialect.images = has_one_of(model, seeing);
  dialect.formats_with_tools = false;
  dialect.efforts = Efforts::none_at_all;
  if (model.contains("gpt-oss")) dialect.efforts = Efforts::low_medium_high;
  if (model.contains("qwen3")) {
    dialect.parsed_reasoning = true;
    dialect.efforts = model.contains("qwen3.8") ? Efforts::any : Efforts::none_or_default;
  }
  return dialect;
}

}  // namespace

Dialect dialect_for(Flavour flavour, std::string_view model) {
  switch (flavour) {
    case Flavour::openai: return openai_dialect(model);
    case Flavour::openrouter:  // usage always comes
      return {.flavour = flavour,
              .stream_usage = false,
              .echo_reasoning_details = true,
              .cache_mark = model.contains("anthropic/"),
              .images = !is_blind(model)};
    case Flavour::groq: return groq_dialect(model);
    case Flavour::generic:
      return {.flavour = flavour,
              .ask_for_parallel_calls = true,
              .echo_reasoning = wants_its_reasoning_back(model),
              .images = !is_blind(model),
              .call_id_size = call_id_size(model)};
  }
  return {};
}

bool adapt_to_refusal(Dialect& dialect, std::string_view parameter) {
  constexpr std::array<std::string_view, 15> optional_members{
      "temperature", "top_p",  "stream_options",        "reasoning_effort", "reasoning_format", "reasoning",
      "max_tokens",  "stream", "max_completion_tokens", "tool_choice",      "response_format",  "cache_control",
      "provider",    "models", "parallel_tool_calls"};
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
