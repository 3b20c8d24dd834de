// Anthropic Messages, as docs/fakellm.md describes them.
#include <fmt/format.h>

#include "base/json.hpp"
#include "llm/fakellm/events.hpp"

namespace convoke::fakellm {
namespace {

constexpr std::string_view signature = "ZmFrZQ==";

std::string stop_reason_of(const Answer& answer) {
  const std::string& reason = answer.finish_reason;
  if (reason.empty()) return answer.tool_calls.empty() ? "end_turn" : "tool_use";
  if (reason == "stop") return "end_turn";
  if (reason == "length") return "max_tokens";
  if (reason == "tool_calls") return "tool_use";
  return reason == "content_filter" ? "refusal" : reason;
}

std::string usage_of(const Answer& answer, const Question& question, std::int64_t output) {
  if (!answer.usage) return "{}";
  return fmt::format(
      R"({{"input_tokens":{},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":{}}})",
      question.prompt_words, output);
}

/// Writes blocks one after another, each between its start and its stop.
class BlockWriter {
 public:
  BlockWriter(const Answer& answer, std::vector<std::string>& events) : answer_(answer), events_(events) {}

  void begin(std::string_view block) {
    add("content_block_start", fmt::format(R"("index":{},"content_block":{})", number_, block));
  }
  void delta(std::string_view type, std::string_view key, std::string_view piece) {
    add("content_block_delta",
        fmt::format(R"("index":{},"delta":{{"type":"{}","{}":{}}})", number_, type, key, quoted(piece)));
  }
  void end() { add("content_block_stop", fmt::format(R"("index":{})", number_++)); }
  void add(std::string_view type, std::string_view members) {
    const std::string_view comma = members.empty() ? "" : ",";
    events_.push_back(event_of(answer_, type, fmt::format(R"({{"type":"{}"{}{}}})", type, comma, members)));
  }

 private:
  const Answer& answer_;
  std::vector<std::string>& events_;
  int number_ = 0;
};

}  // namespace

std::vector<std::string> messages_events(const Answer& answer, const Question& question) {
  std::vector<std::string> events;
  BlockWriter writer(answer, events);
  writer.add("message_start",
             fmt::format(R"("message":{{"id":"msg_fake","type":"message","role":"assistant","model":{},"content":[],)"
                         R"("stop_reason":null,"stop_sequence":null,"usage":{}}})",
                         quoted(question.model), usage_of(answer, question, 1)));
  if (!answer.reasoning.empty()) {
    writer.begin(R"({"type":"thinking","thinking":"","signature":""})");
    for (const auto piece : pieces_of(answer.reasoning, answer.pace.chunk_bytes)) {
      writer.delta("thinking_delta", "thinking", piece);
    }
    writer.delta("signature_delta", "signature", signature);
    writer.end();
  }
  if (!answer.text.empty()) {
    writer.begin(R"({"type":"text","text":""})");
    for (const auto piece : pieces_of(answer.text, answer.pace.chunk_bytes)) writer.delta("text_delta", "text", piece);
    writer.end();
  }
  for (const ToolCall& call : answer.tool_calls) {
    writer.begin(
        fmt::format(R"({{"type":"tool_use","id":{},"name":{},"input":{{}}}})", quoted(call.id), quoted(call.name)));
    writer.delta("input_json_delta", "partial_json", "");
    writer.delta("input_json_delta", "partial_json", call.arguments);
    writer.end();
  }
  writer.add("message_delta",
             fmt::format(R"("delta":{{"stop_reason":{},"stop_sequence":null}},"usage":{})",
                         quoted(stop_reason_of(answer)), usage_of(answer, question, output_tokens(answer))));
  if (answer.done) writer.add("message_stop", "");
  return events;
}

std::string messages_body(const Answer& answer, const Question& question) {
  json::array content;
  if (!answer.reasoning.empty()) {
    content.push_back({{"type", "thinking"}, {"thinking", answer.reasoning}, {"signature", signature}});
  }
  if (!answer.text.empty()) content.push_back({{"type", "text"}, {"text", answer.text}});
  for (const ToolCall& call : answer.tool_calls) {
    content.push_back({{"type", "tool_use"},
                       {"id", call.id},
                       {"name", call.name},
                       {"input", parse_json(call.arguments).value_or(json::object{})}});
  }
  return fmt::format(
      R"({{"id":"msg_fake","type":"message","role":"assistant","model":{},"content":{},"stop_reason":{},"stop_sequence":null,"usage":{}}})",
      quoted(question.model), json::serialize(content), quoted(stop_reason_of(answer)),
      usage_of(answer, question, output_tokens(answer)));
}

}  // namespace convoke::fakellm
