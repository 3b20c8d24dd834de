#include "llm/openai_model.hpp"

#include <charconv>

namespace convoke {
namespace {

/// 5.6 of "gpt-5.6-sol", as 506; 0 for another family.
int gpt_version(std::string_view model) {
  if (!model.starts_with("gpt-")) return 0;
  model.remove_prefix(4);
  const char* const end = model.data() + model.size();
  int major = 0, minor = 0;
  const auto [after_major, error] = std::from_chars(model.data(), end, major);
  if (error != std::errc{}) return 0;
  if (after_major != end && *after_major == '.') std::from_chars(after_major + 1, end, minor);
  return major * 100 + minor;
}

bool is_blind(std::string_view model) {
  if (model.starts_with("gpt-3.5") || model.starts_with("o1-mini") || model.starts_with("o3-mini")) return true;
  const bool first_gpt_4 = model == "gpt-4" || model.starts_with("gpt-4-0");
  return first_gpt_4 || model.starts_with("gpt-4-1106");
}

}  // namespace

OpenAiModel openai_model(std::string_view name) {
  if (name.starts_with("ft:")) name.remove_prefix(3);  // a fine-tuned model takes what its base takes
  if (name.starts_with("openai/")) name.remove_prefix(7);
  OpenAiModel model{.version = gpt_version(name)};
  const bool o_series = name.size() >= 2 && name[0] == 'o' && name[1] >= '1' && name[1] <= '9';
  const bool plain_chat = name.contains("-chat") || name.contains("-search");
  model.reasons = o_series || name.contains("codex") || (model.version >= 500 && !plain_chat);
  model.sees = !is_blind(name);
  const bool responses_only = name.contains("-pro") || name.contains("codex") || name.contains("deep-research");
  model.needs_responses = responses_only || (model.reasons && model.version >= 504);
  return model;
}

}  // namespace convoke
