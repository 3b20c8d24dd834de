#pragma once
#include <set>
#include <string>
#include <string_view>

namespace convoke::anthropic {

/// How a model of Claude can be asked to think.
enum class Thinking {
  none,      ///< it does not
  budget,    ///< with a number of tokens, if one asks
  adaptive,  ///< it decides itself how long; some always do
};

/// What one model takes, by its name and by what it has refused.
struct ClaudeModel {
  Thinking thinking = Thinking::adaptive;
  bool sampling = false;    ///< temperature and top_p may be sent
  bool effort = true;       ///< output_config.effort
  bool formats = true;      ///< output_config.format
  int max_tokens = 32'000;  ///< sent where nobody says how long an answer may be: the member is required
  std::set<std::string, std::less<>> refused{};  ///< members this model has refused; they are left out
};

/// A name without a version is taken for the newest.
ClaudeModel claude_model(std::string_view name);

/// Adapts `model` to a refusal of the request's form, in Anthropic's words. False if nothing is left to adapt.
bool adapt_to_refusal(ClaudeModel& model, std::string_view parameter, std::string_view message);

}  // namespace convoke::anthropic
