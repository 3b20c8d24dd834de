#include "llm/fakellm/events.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "llm/words.hpp"

namespace convoke::fakellm {
std::string quoted(std::string_view text) { return json::serialize(json::string(text)); }

std::vector<std::string_view> pieces_of(std::string_view text, std::size_t bytes) {
  if (bytes == 0) return words_of(text);
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    std::size_t end = std::min(bytes, text.size());
    while (end < text.size() && continues_character(text[end])) ++end;
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return pieces;
}

std::int64_t output_tokens(const Answer& answer) {
  return static_cast<std::int64_t>(words_of(answer.text).size() + words_of(answer.reasoning).size());
}

std::string event_of(const Answer& answer, std::string_view name, std::string_view data) {
  const std::string_view end = answer.crlf ? "\r\n" : "\n";
  const std::string first = name.empty() ? "" : fmt::format("event: {}{}", name, end);
  return fmt::format("{}data: {}{}{}", first, data, end, end);
}

}  // namespace convoke::fakellm
