#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llm/fakellm/answer.hpp"
#include "llm/fakellm/choose.hpp"

namespace convoke::fakellm {

/// `text` as JSON.
std::string quoted(std::string_view text);

/// `text` in pieces of about `bytes`, never inside a character; word by word where `bytes` is 0.
std::vector<std::string_view> pieces_of(std::string_view text, std::size_t bytes);

/// Tokens are words.
std::int64_t output_tokens(const Answer& answer);

/// One event of a stream: `name` in a line of its own, unless it is "".
std::string event_of(const Answer& answer, std::string_view name, std::string_view data);

/// The events of an answer without faults, in each tongue.
std::vector<std::string> chat_events(const Answer& answer, const Question& question);
std::vector<std::string> responses_events(const Answer& answer, const Question& question);
std::vector<std::string> messages_events(const Answer& answer, const Question& question);

/// The body of an answer that is not streamed.
std::string chat_body(const Answer& answer, const Question& question);
std::string responses_body(const Answer& answer, const Question& question);
std::string messages_body(const Answer& answer, const Question& question);

}  // namespace convoke::fakellm
