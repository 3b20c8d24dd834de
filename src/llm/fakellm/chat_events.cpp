// OpenAI's chat completions, as docs/fakellm.md describes them.
#include <fmt/format.h>

#include "base/json.hpp"
#include "llm/fakellm/events.hpp"

namespace convoke::fakellm {
namespace {

std::string finish_reason_of(const Answer& answer) {
  if (!answer.finish_reason.empty()) return answer.finish_reason;
  return answer.tool_calls.empty() ? "stop" : "tool_calls";
}

std::string usage_of(const Answer& answer, const Question& question) {
  const std::int64_t output = output_tokens(answer);
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}})", question.prompt_words,
                     output, question.prompt_words + output);
}

std::string call_json(const ToolCall& call, std::size_t index) {
  return fmt::format(R"({{"index":{},"id":{},"type":"function","function":{{"name":{},"arguments":{}}}}})", index,
                     quoted(call.id), quoted(call.name), quoted(call.arguments));
}

}  // namespace

std::vector<std::string> chat_events(const Answer& answer, const Question& question) {
  const std::string head =
      fmt::format(R"({{"id":"chatcmpl-fake","object":"chat.completion.chunk","created":1,"model":{},"choices":)",
                  quoted(question.model));
  std::vector<std::string> events;
  const auto add = [&](std::string_view data) { events.push_back(event_of(answer, "", data)); };
  const auto delta = [&](std::string_view members) {
    const std::string_view role = events.empty() ? R"("role":"assistant",)" : "";
    add(fmt::format(R"({}[{{"index":0,"delta":{{{}{}}},"finish_reason":null}}]}})", head, role, members));
  };
  for (const auto piece : pieces_of(answer.reasoning, answer.pace.chunk_bytes)) {
    delta(R"("reasoning_content":)" + quoted(piece));
  }
  for (const auto piece : pieces_of(answer.text, answer.pace.chunk_bytes)) delta(R"("content":)" + quoted(piece));
  for (std::size_t i = 0; i < answer.tool_calls.size(); ++i) {
    delta(R"("tool_calls":[)" + call_json(answer.tool_calls[i], i) + "]");
  }
  add(head + fmt::format(R"([{{"index":0,"delta":{{}},"finish_reason":{}}}]}})", quoted(finish_reason_of(answer))));
  if (answer.usage && question.include_usage) add(head + R"([],"usage":)" + usage_of(answer, question) + "}");
  if (answer.done) add("[DONE]");
  return events;
}

std::string chat_body(const Answer& answer, const Question& question) {
  json::object message{{"role", "assistant"}, {"content", nullptr}};
  if (!answer.text.empty() || answer.tool_calls.empty()) message["content"] = answer.text;
  if (!answer.reasoning.empty()) message["reasoning_content"] = answer.reasoning;
  if (!answer.tool_calls.empty()) message["tool_calls"] = to_json(answer.tool_calls);
  const std::string usage = answer.usage ? R"(,"usage":)" + usage_of(answer, question) : "";
  return fmt::format(
      R"({{"id":"chatcmpl-fake","object":"chat.completion","created":1,"model":{},"choices":[{{"index":0,"message":{},"finish_reason":{}}}]{}}})",
      quoted(question.model), json::serialize(message), quoted(finish_reason_of(answer)), usage);
}

}  // namespace convoke::fakellm
