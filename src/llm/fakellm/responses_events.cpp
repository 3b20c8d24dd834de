// OpenAI's Responses API, as docs/fakellm.md describes it.
#include <fmt/format.h>

#include "base/json.hpp"
#include "llm/fakellm/events.hpp"

namespace convoke::fakellm {
namespace {

std::string reasoning_item(std::string_view text) {
  return fmt::format(
      R"({{"id":"rs_fake","type":"reasoning","summary":[{{"type":"summary_text","text":{}}}],"encrypted_content":"ZmFrZQ=="}})",
      quoted(text));
}

std::string message_item(std::string_view text) {
  return fmt::format(
      R"({{"id":"msg_fake","type":"message","status":"completed","role":"assistant","content":[{{"type":"output_text","text":{},"annotations":[]}}]}})",
      quoted(text));
}

std::string call_item(const ToolCall& call, std::string_view arguments) {
  return fmt::format(R"({{"id":"fc_{}","type":"function_call","call_id":{},"name":{},"arguments":{}}})", call.id,
                     quoted(call.id), quoted(call.name), quoted(arguments));
}

bool is_incomplete(const Answer& answer) {
  return answer.finish_reason == "length" || answer.finish_reason == "content_filter";
}

/// The response itself, as the first event and the last one hold it.
std::string response(const Answer& answer, const Question& question, std::string_view status, std::string_view output) {
  const bool is_over = status != "in_progress";
  const std::string_view details = status != "incomplete"             ? "null"
                                   : answer.finish_reason == "length" ? R"({"reason":"max_output_tokens"})"
                                                                      : R"({"reason":"content_filter"})";
  const std::int64_t tokens = output_tokens(answer);
  const std::string usage =
      is_over && answer.usage
          ? fmt::format(
                R"({{"input_tokens":{},"input_tokens_details":{{"cached_tokens":0}},"output_tokens":{},"output_tokens_details":{{"reasoning_tokens":0}},"total_tokens":{}}})",
                question.prompt_words, tokens, question.prompt_words + tokens)
          : "null";
  return fmt::format(
      R"({{"id":"resp_fake","object":"response","created_at":1,"status":"{}","error":null,"incomplete_details":{},"model":{},"output":{},"usage":{}}})",
      status, details, quoted(question.model), output, usage);
}

std::string output_of(const Answer& answer) {
  std::string items;
  const auto add = [&](const std::string& item) { items += (items.empty() ? "" : ",") + item; };
  if (!answer.reasoning.empty()) add(reasoning_item(answer.reasoning));
  if (!answer.text.empty()) add(message_item(answer.text));
  for (const ToolCall& call : answer.tool_calls) add(call_item(call, call.arguments));
  return "[" + items + "]";
}

class EventWriter {
 public:
  EventWriter(const Answer& answer, std::vector<std::string>& events) : answer_(answer), events_(events) {}

  void add(std::string_view type, std::string_view members) {
    const auto data = fmt::format(R"({{"type":"{}","sequence_number":{},{}}})", type, events_.size(), members);
    events_.push_back(event_of(answer_, type, data));
  }
  void begin(std::string_view item) { add("response.output_item.added", place("item", item)); }
  void end(std::string_view item) {
    add("response.output_item.done", place("item", item));
    ++number_;
  }
  void delta(std::string_view type, std::string_view piece, std::string_view more = "") {
    add(type, std::string(more) + place("delta", quoted(piece)));
  }
  void part(std::string_view type, std::string_view more, std::string_view part) {
    add(type, std::string(more) + place("part", part));
  }

 private:
  std::string place(std::string_view key, std::string_view value) const {
    return fmt::format(R"("item_id":"item_{}","output_index":{},"{}":{})", number_, number_, key, value);
  }

  const Answer& answer_;
  std::vector<std::string>& events_;
  int number_ = 0;
};

}  // namespace

std::vector<std::string> responses_events(const Answer& answer, const Question& question) {
  std::vector<std::string> events;
  EventWriter writer(answer, events);
  writer.add("response.created", R"("response":)" + response(answer, question, "in_progress", "[]"));
  if (!answer.reasoning.empty()) {
    writer.begin(R"({"id":"rs_fake","type":"reasoning","summary":[]})");
    writer.part("response.reasoning_summary_part.added", R"("summary_index":0,)",
                R"({"type":"summary_text","text":""})");
    for (const auto piece : pieces_of(answer.reasoning, answer.pace.chunk_bytes)) {
      writer.delta("response.reasoning_summary_text.delta", piece, R"("summary_index":0,)");
    }
    writer.end(reasoning_item(answer.reasoning));
  }
  if (!answer.text.empty()) {
    writer.begin(R"({"id":"msg_fake","type":"message","status":"in_progress","role":"assistant","content":[]})");
    writer.part("response.content_part.added", R"("content_index":0,)",
                R"({"type":"output_text","text":"","annotations":[]})");
    for (const auto piece : pieces_of(answer.text, answer.pace.chunk_bytes)) {
      writer.delta("response.output_text.delta", piece, R"("content_index":0,"logprobs":[],)");
    }
    writer.end(message_item(answer.text));
  }
  for (const ToolCall& call : answer.tool_calls) {
    writer.begin(call_item(call, ""));
    writer.delta("response.function_call_arguments.delta", call.arguments);
    writer.end(call_item(call, call.arguments));
  }
  const std::string_view status = is_incomplete(answer) ? "incomplete" : "completed";
  if (answer.done) {
    writer.add(fmt::format("response.{}", status),
               R"("response":)" + response(answer, question, status, output_of(answer)));
  }
  return events;
}

std::string responses_body(const Answer& answer, const Question& question) {
  return response(answer, question, is_incomplete(answer) ? "incomplete" : "completed", output_of(answer));
}

}  // namespace convoke::fakellm
