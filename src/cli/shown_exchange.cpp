#include "cli/shown_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "cli/person.hpp"

namespace convoke {
namespace {

constexpr std::string_view can_go_on = " /continue has it go on, /regenerate has it given once more.";

struct Ending {
  std::string_view reason;
  std::string_view words;
  bool can_go_on = false;
};
constexpr std::array endings{
    Ending{"cancelled", "You stopped this answer.", true},
    Ending{"interrupted", "The server stopped before the answer was complete.", true},
    Ending{"cut_off", "The provider broke off before the answer was complete.", true},
    Ending{"length", "The answer reached its length limit.", true},
    Ending{"tool_limit", "The limit of tool rounds was reached."},
    Ending{"token_limit", "The limit of tokens for one answer was reached."},
    Ending{"cost_limit", "The limit of money for one answer was reached."},
    Ending{"repeated_errors", "A tool kept failing in the same way."},
    Ending{"repeated_results", "A tool kept returning the same."},
    Ending{"content_filter", "The provider's content filter ended the answer."},
    Ending{"refusal", "The model declined to answer."},
};

/// How a turn ended, by the event that closed it.
std::string ending_of(const json::value& event) {
  const std::string type = string_or_empty(event, "type");
  if (type == "turn_cancelled") return ending_words("cancelled");
  if (type == "turn_interrupted") return ending_words("interrupted");
  const json::value* details = find(event, "details");
  if (!details) return "";
  if (type != "turn_failed") return ending_words(string_or_empty(*details, "finish_reason"));
  const json::value* error = find(*details, "error");
  const std::string why = error ? string_or_empty(*error, "message") : "";
  return fmt::format("It failed: {} /regenerate tries again.", why.empty() ? "nobody knows why." : why + ".");
}

}  // namespace

std::string ending_words(std::string_view finish_reason) {
  const auto ending = std::ranges::find(endings, finish_reason, &Ending::reason);
  if (ending == endings.end()) return "";
  return std::string(ending->words) + std::string(ending->can_go_on ? can_go_on : "");
}

std::string newest_exchange(const json::array& events) {
  const auto is_question = [](const json::value& event) { return string_or_empty(event, "type") == "user_message"; };
  const auto newest = std::ranges::find_if(events | std::views::reverse, is_question);
  if (newest == events.rend()) return "";
  std::string lines;
  for (auto event = std::prev(newest.base()); event != events.end(); ++event) {
    const std::string type = string_or_empty(*event, "type");
    const std::string said = string_or_empty(*event, "content");
    if (type == "user_message") lines += "› " + said + '\n';
    if (type == "assistant_message" && !said.empty()) lines += said + '\n';
    if (!type.starts_with("turn_")) continue;
    const std::string ending = ending_of(*event);
    if (!ending.empty()) lines += ending + '\n';
  }
  return harmless(lines);
}

}  // namespace convoke
