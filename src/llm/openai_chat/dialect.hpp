#pragma once
#include <set>
#include <string>
#include <string_view>

namespace convoke::openai_chat {

/// Whose chat completions endpoint it is. They accept different members, and some refuse what they do not know.
enum class Flavour { openai, openrouter, groq, generic };

/// How a request has to be written for one model of one provider. A value made once and asked by name.
struct Dialect {
  Flavour flavour = Flavour::generic;
  std::string_view system_role = "system";
  std::string_view max_tokens_name = "max_tokens";
  bool sampling = true;                  ///< temperature and top_p may be sent
  bool stream_usage = true;              ///< usage has to be asked for with stream_options
  bool no_reasoning_with_tools = false;  ///< tools are only taken with reasoning_effort "none"
  bool echo_reasoning = false;           ///< the model wants its reasoning_content back in a tool loop
  bool echo_reasoning_details = false;   ///< OpenRouter's form of the same
  bool images = true;
  std::set<std::string, std::less<>> refused{};  ///< members this model has refused; they are left out
};

/// The dialect of `model` at a provider of this flavour.
Dialect dialect_for(Flavour flavour, std::string_view model);

/// Adapts `dialect` to a refusal of `parameter`: the member is renamed where there is another name for it, else left
/// out from now on. False if there is nothing left to adapt, so that asking again would be useless.
bool adapt_to_refusal(Dialect& dialect, std::string_view parameter);

}  // namespace convoke::openai_chat
