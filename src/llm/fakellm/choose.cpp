#include "llm/fakellm/choose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace convoke::fakellm {
namespace {

constexpr std::string_view directive = "!fake ";
constexpr int max_fixed_words = 1'000'000;

std::string text_of(const json::value& message) {
  if (const auto text = find_string(message, "content")) return std::string(*text);
  std::string joined;
  if (const json::array* parts = find_array(message, "content")) {
    for (const json::value& part : *parts) joined += find_string(part, "text").value_or("");
  }
  return joined;
}

std::int64_t count_words(std::string_view text) {
  const auto gaps = std::ranges::count(text, ' ');
  return text.empty() ? 0 : gaps + 1;
}

/// "word1 word2 … wordN": every word differs, so a lost or swapped chunk shows.
std::string numbered_words(int count) {
  std::string words;
  for (int i = 1; i <= count; ++i) words += fmt::format("{}word{}", i == 1 ? "" : " ", i);
  return words;
}

Answer call_first_tool(const Question& question, const Answer& defaults) {
  Answer answer = defaults;
  if (question.last_is_tool) {
    answer.text = "The tool said: " + question.last_text;
  } else if (question.first_tool.empty()) {
    answer.text = "No tool was offered.";
  } else {
    answer.tool_calls.push_back({"call_1", question.first_tool, "{}"});
  }
  return answer;
}

}  // namespace

Result<Question> read_question(const json::value& body) {
  Question question{.model = string_or_empty(body, "model"), .last_text = {}};
  if (question.model.empty()) return fail(Errc::invalid_input, "you must provide a model parameter");
  const json::array* messages = find_array(body, "messages");
  if (!messages || messages->empty()) return fail(Errc::invalid_input, "missing required parameter: 'messages'");
  for (const json::value& message : *messages) question.prompt_words += count_words(text_of(message));
  question.last_text = text_of(messages->back());
  question.last_is_tool = find_string(messages->back(), "role") == "tool";
  question.stream = find_bool(body, "stream").value_or(false);
  const json::value* options = find(body, "stream_options");
  question.include_usage = options && find_bool(*options, "include_usage").value_or(false);
  if (const json::array* tools = find_array(body, "tools"); tools && !tools->empty()) {
    const json::value* function = find(tools->front(), "function");
    if (function) question.first_tool = string_or_empty(*function, "name");
  }
  return question;
}

Result<std::optional<Answer>> answer_asked_for(const Question& question, const Answer& defaults) {
  if (question.last_text.starts_with(directive)) {
    TRY(const json::value value, parse_json(std::string_view(question.last_text).substr(directive.size())));
    TRY(Answer answer, read_answer(value, defaults));
    return std::optional(std::move(answer));
  }
  if (question.model == "echo") return std::optional(echo(question, defaults));
  if (question.model == "tools") return std::optional(call_first_tool(question, defaults));
  constexpr std::string_view fixed = "fixed:";
  if (!question.model.starts_with(fixed)) return std::nullopt;
  int words = 0;
  const char* end = question.model.data() + question.model.size();
  const auto [rest, error] = std::from_chars(question.model.data() + fixed.size(), end, words);
  if (error != std::errc{} || rest != end || words < 0 || words > max_fixed_words) {
    return fail(Errc::invalid_input,
                fmt::format("the model '{}' needs a number of words up to {}", question.model, max_fixed_words));
  }
  Answer answer = defaults;
  answer.text = numbered_words(words);
  return std::optional(std::move(answer));
}

Answer echo(const Question& question, const Answer& defaults) {
  Answer answer = defaults;
  answer.text = question.last_text;
  return answer;
}

}  // namespace convoke::fakellm
