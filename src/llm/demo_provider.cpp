#include "llm/demo_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "llm/demo_arithmetic.hpp"
#include "llm/words.hpp"

namespace convoke {
namespace {

constexpr std::string_view label =
    "\n\n(This is the built-in demo model. For a real one, set llm.active in config.yaml and a key such as "
    "OPENAI_API_KEY.)";

constexpr std::string_view help =
    "Hello! I can do a little: try \"add 2 and 3\", \"what is 7 times 6\" or \"divide 8 by 0\" to see me call a tool, "
    "and \"what did I ask before?\" to see that I remember.";

/// Without what was attached: that is data, and no sum in it was asked for.
std::string own_words(const Message& question) {
  std::string words;
  for (const Part& part : question.parts) {
    const Text* text = std::get_if<Text>(&part);
    if (text && !text->text.starts_with("<attachment ")) words += text->text;
  }
  return words;
}

std::vector<std::string> questions_in(const Prompt& prompt) {
  std::vector<std::string> questions;
  for (const Message& message : prompt.messages) {
    if (message.role == Role::user) questions.push_back(own_words(message));
  }
  return questions;
}

bool asks_for_memory(std::string_view question) {
  const auto has = [&](std::string_view word) { return question.contains(word); };
  return (has("before") || has("earlier") || has("previous") || has("remember")) &&
         (has("ask") || has("say") || has("said") || has("remember"));
}

std::string recollection(const std::vector<std::string>& questions) {
  if (questions.size() < 2) return "You have not asked me anything before this.";
  std::string list;
  for (const std::string& earlier : questions | std::views::take(questions.size() - 1)) {
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", then ", earlier);
  }
  return fmt::format("Before this you asked me {}.", list);
}

const ToolCall* find_call(const Prompt& prompt, const std::string& id) {
  for (const Message& message : prompt.messages | std::views::reverse) {
    for (const Part& part : message.parts) {
      const ToolCall* call = std::get_if<ToolCall>(&part);
      if (call && call->id == id) return call;
    }
  }
  return nullptr;
}

std::string sentence_about(const ToolResult& result, const ToolCall* call) {
  const std::string words = call ? in_words(*call) : "";
  const std::string tool = result.name.empty() && call ? call->name : result.name;
  if (result.is_error) return fmt::format("The tool {} could not do it: {}", tool, result.text);
  if (words.empty()) return fmt::format("The tool {} answered: {}", tool, result.text);
  return fmt::format("{} is {}. (I asked the tool {}.)", words, result.text, tool);
}

/// The results that came since the model last spoke, told in order.
std::string tell_results(const Prompt& prompt) {
  std::string told;
  for (const Message& message : prompt.messages) {
    if (message.role == Role::assistant) told.clear();
    for (const Part& part : message.parts) {
      const ToolResult* result = std::get_if<ToolResult>(&part);
      if (!result) continue;
      if (!told.empty()) told += '\n';
      told += sentence_about(*result, find_call(prompt, result->call_id));
    }
  }
  return told;
}

std::int64_t count_words(const Message& message) {
  std::int64_t words = 0;
  for (const Part& part : message.parts) {
    if (const Text* text = std::get_if<Text>(&part)) words += static_cast<std::int64_t>(words_of(text->text).size());
  }
  return words;
}

/// This model's tokens are words.
Usage usage_for(const Prompt& prompt, const Message& answer) {
  Usage usage{.output_tokens = count_words(answer), .estimated = true};
  for (const Message& message : prompt.messages) usage.input_tokens += count_words(message);
  usage.total_tokens = usage.input_tokens + usage.output_tokens;
  return usage;
}

Message say(std::string_view words) { return assistant_message(std::string(words) + std::string(label)); }

Message calculate(const Prompt& prompt, const Calculation& calculation) {
  const ToolDefinition* tool = find_offered(prompt.tools, calculation.tool);
  if (!tool || prompt.tool_choice == ToolChoice::none) {
    return say(fmt::format("For that I would call a tool named \"{}\", but none is connected.", calculation.tool));
  }
  return {Role::assistant, {call_for(calculation, *tool, fmt::format("call_demo_{}", prompt.messages.size()))}};
}

Message answer_to(const Prompt& prompt) {
  const bool has_results = !prompt.messages.empty() && prompt.messages.back().role == Role::tool;
  if (has_results) return say(tell_results(prompt));
  const std::vector<std::string> questions = questions_in(prompt);
  if (questions.empty()) return say(help);
  if (asks_for_memory(questions.back())) return say(recollection(questions));
  if (const auto calculation = find_calculation(questions.back())) return calculate(prompt, *calculation);
  return say(help);
}

}  // namespace

Reply demo_answer(const Prompt& prompt) {
  Reply reply{.message = answer_to(prompt), .model = "demo"};
  reply.finish_reason = reply.message.tool_calls().empty() ? FinishReason::stop : FinishReason::tool_calls;
  reply.usage = usage_for(prompt, reply.message);
  return reply;
}

Task<ReplyResult> DemoProvider::reply(Prompt prompt, ShowDelta on_delta) {
  if (prompt.response_format) {
    co_return std::unexpected(ReplyError{.error = {Errc::invalid_input, "the demo model takes no response_format", {}},
                                         .kind = FailureKind::unsupported_parameter});
  }
  Reply reply = demo_answer(prompt);
  for (const Part& part : reply.message.parts) {
    if (const ToolCall* call = std::get_if<ToolCall>(&part)) on_delta(ToolCallStarted{call->name});
    const Text* text = std::get_if<Text>(&part);
    if (!text) continue;
    for (const std::string_view word : words_of(text->text)) {
      if (pause_ > pause_.zero()) co_await sleep_for(pause_);
      on_delta(TextDelta{word});
    }
  }
  co_return std::move(reply);
}

}  // namespace convoke
