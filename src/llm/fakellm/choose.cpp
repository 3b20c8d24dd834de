#include "llm/fakellm/choose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace convoke::fakellm {
namespace {

constexpr std::string_view directive = "!fake ";
constexpr int max_fixed_words = 1'000'000;

/// All words in a content: a text, or a list of parts, some of which (results of tools) hold contents of their own.
std::string words_in(const json::value& content) {
  if (const json::string* text = content.if_string()) return std::string(text->data(), text->size());
  std::string joined;
  const json::array* parts = content.if_array();
  if (!parts) return joined;
  for (const json::value& part : *parts) {
    joined += find_string(part, "text").value_or("");
    if (const json::value* inner = find(part, "content")) joined += words_in(*inner);
  }
  return joined;
}

std::string text_of(const json::value& message) {
  for (const std::string_view key : {"content", "output"}) {
    if (const json::value* content = find(message, key)) return words_in(*content);
  }
  return {};
}

bool is_tool_result(const json::value& message) {
  if (find_string(message, "role") == "tool" || find_string(message, "type") == "function_call_output") return true;
  const json::array* parts = find_array(message, "content");
  return parts && std::ranges::any_of(
                      *parts, [](const json::value& part) { return find_string(part, "type") == "tool_result"; });
}

/// The name stands in the tool itself, or under "function".
std::string name_of_tool(const json::value& tool) {
  const json::value* function = find(tool, "function");
  return string_or_empty(function ? *function : tool, "name");
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

Result<Question> read_question(Tongue tongue, const json::value& body) {
  Question question{.tongue = tongue, .model = string_or_empty(body, "model")};
  if (question.model.empty()) return fail(Errc::invalid_input, "you must provide a model parameter");
  const bool is_anthropic = tongue == Tongue::messages;
  if (is_anthropic && !find_integer(body, "max_tokens")) return fail(Errc::invalid_input, "max_tokens: Field required");
  const std::string_view key = tongue == Tongue::responses ? "input" : "messages";
  const json::array* messages = find_array(body, key);
  if (const auto text = find_string(body, key)) {
    question.last_text = *text;
    question.prompt_words = count_words(*text);
  } else if (!messages || messages->empty()) {
    return fail(Errc::invalid_input, fmt::format("missing required parameter: '{}'", key));
  } else {
    for (const json::value& message : *messages) question.prompt_words += count_words(text_of(message));
    question.last_text = text_of(messages->back());
    question.last_is_tool = is_tool_result(messages->back());
  }
  for (const std::string_view apart : {"system", "instructions"}) {
    if (const json::value* text = find(body, apart)) question.prompt_words += count_words(words_in(*text));
  }
  question.stream = find_bool(body, "stream").value_or(false);
  const json::value* options = find(body, "stream_options");
  question.include_usage =
      tongue != Tongue::chat_completions || (options && find_bool(*options, "include_usage").value_or(false));
  if (const json::array* tools = find_array(body, "tools"); tools && !tools->empty()) {
    question.first_tool = name_of_tool(tools->front());
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
