#pragma once
#include <set>
#include <string>
#include <string_view>

namespace convoke::openai_chat {

/// Whose chat completions endpoint it is. They accept different members, and some refuse what they do not know.
enum class Flavour { openai, openrouter, groq, generic };

/// Names this wire in Reasoning::replay.
inline constexpr std::string_view replay_wire = "openai_chat";

/// Which words for reasoning_effort a model takes.
enum class Efforts {
  none_at_all,      ///< it does not think, or nobody can tell it how hard
  any,              ///< the whole scale; what a model of it lacks it refuses
  low_medium_high,  ///< gpt-oss
  none_or_default,  ///< Qwen's switch
};

/// How a request has to be written for one model of one provider. A value made once and asked by name.
struct Dialect {
  Flavour flavour = Flavour::generic;
  std::string_view system_role = "system";
  std::string_view max_tokens_name = "max_tokens";
  bool sampling = true;                  ///< temperature and top_p may be sent
  bool stream_usage = true;              ///< usage has to be asked for with stream_options
  bool no_reasoning_with_tools = false;  ///< tools are only taken with reasoning_effort "none"
  Efforts efforts = Efforts::any;
  bool ask_for_parallel_calls = false;  ///< llama.cpp: without, a grammar allows one call an answer
  bool parsed_reasoning = false;        ///< Groq: ask for the thoughts apart from the answer
  bool echo_reasoning = false;          ///< the model wants its reasoning_content back in a tool loop
  bool echo_reasoning_details = false;  ///< OpenRouter's form of the same
  bool cache_mark = false;              ///< the prompt is cached only where it says so
  bool images = true;
  bool formats = true;                           ///< response_format may be sent,
  bool formats_with_tools = true;                ///< also together with tools and in a stream
  std::size_t call_id_size = 40;                 ///< the longest id of a call it takes
  std::set<std::string, std::less<>> refused{};  ///< members this model has refused; they are left out
};

/// The dialect of `model` at a provider of this flavour.
Dialect dialect_for(Flavour flavour, std::string_view model);

/// Adapts `dialect` to a refusal of `parameter`: the member is renamed where there is another name for it, else left
/// out from now on. False if there is nothing left to adapt, so that asking again would be useless.
bool adapt_to_refusal(Dialect& dialect, std::string_view parameter);

}  // namespace convoke::openai_chat
