#pragma once
#include <vector>

#include "domain/event.hpp"

namespace convoke {

// Conversations in the form of OpenAI's `messages`: what other programs read and write. It has no branches, no times,
// no thoughts and no failures. Pure.

/// A message of ours in that form: one object, or one for each result of a tool. Pictures in results are left out, for
/// which the form has no place.
std::vector<json::object> openai_messages(const Message& message);

/// A conversation read from that form.
struct OpenAiConversation {
  std::vector<Event> events;  ///< without positions; questions, answers, calls, results and ends of turns
  int left_out = 0;           ///< messages of the system, for which the server has its own
};

/// Reads `{"messages": […]}` or the list alone. Turns get request ids that begin with `id`, and the time `now`.
/// `invalid_input` names the member: "messages[3].role: is "bot"; expected …".
Result<OpenAiConversation> read_openai_conversation(const json::value& value, const std::string& id, WallTime now);

/// A file of them: one document, or one a line as files for fine-tuning have them. An error of the latter begins with
/// its line: "line 2: messages[0].role: …".
Result<std::vector<OpenAiConversation>> read_openai_file(std::string_view text, const std::string& id, WallTime now);

}  // namespace convoke
