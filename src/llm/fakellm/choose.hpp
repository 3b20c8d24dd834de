#pragma once
#include <string>

#include "base/json.hpp"
#include "llm/fakellm/answer.hpp"

namespace convoke::fakellm {

/// How it was asked: by which path, and in which form the answer goes back.
enum class Tongue { chat_completions, responses, messages };

/// What the fake model wants to know about a request.
struct Question {
  Tongue tongue = Tongue::chat_completions;
  std::string model{};
  std::string last_text{};   ///< of the last message
  std::string first_tool{};  ///< the first tool offered; "" if there is none
  bool last_is_tool = false;
  bool stream = false;
  bool include_usage = false;
  std::int64_t prompt_words = 0;
};

/// Reads a request. `invalid_input` in the words of the real thing for what is missing: the model, the messages, and to
/// Anthropic's path the limit.
Result<Question> read_question(Tongue tongue, const json::value& body);

/// The answer the request itself asks for: `!fake {…}` as the last message, or a model named `echo`, `fixed:200`
/// (200 words) or `tools`. Nothing for another model. `invalid_input` if the directive cannot be read.
Result<std::optional<Answer>> answer_asked_for(const Question& question, const Answer& defaults);

/// Repeats the last message.
Answer echo(const Question& question, const Answer& defaults);

}  // namespace convoke::fakellm
