#include "llm/fakellm/render.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "llm/words.hpp"

namespace convoke::fakellm {
namespace {

std::string quoted(std::string_view text) { return json::serialize(json::string(text)); }

bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// `text` in pieces of about `bytes`, never inside a character; word by word where `bytes` is 0.
std::vector<std::string_view> pieces_of(std::string_view text, std::size_t bytes) {
  if (bytes == 0) return words_of(text);
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    std::size_t end = std::min(bytes, text.size());
    while (end < text.size() && is_inside_character(text[end])) ++end;
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return pieces;
}

std::string finish_reason_of(const Answer& answer) {
  if (!answer.finish_reason.empty()) return answer.finish_reason;
  return answer.tool_calls.empty() ? "stop" : "tool_calls";
}

std::string usage_of(const Answer& answer, const Question& question) {
  const auto output = static_cast<std::int64_t>(words_of(answer.text).size() + words_of(answer.reasoning).size());
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}})", question.prompt_words,
                     output, question.prompt_words + output);
}

std::string call_json(const ToolCall& call, std::size_t index) {
  return fmt::format(R"({{"index":{},"id":{},"type":"function","function":{{"name":{},"arguments":{}}}}})", index,
                     quoted(call.id), quoted(call.name), quoted(call.arguments));
}

/// Builds the events of one answer.
class StreamRenderer {
 public:
  StreamRenderer(const Answer& answer, const Question& question)
      : answer_(answer),
        question_(question),
        line_end_(answer.crlf ? "\r\n" : "\n"),
        head_(
            fmt::format(R"({{"id":"chatcmpl-fake","object":"chat.completion.chunk","created":1,"model":{},"choices":)",
                        quoted(question.model))) {}

  std::vector<std::string> events() {
    for (const auto piece : pieces_of(answer_.reasoning, answer_.pace.chunk_bytes)) {
      delta(R"("reasoning_content":)" + quoted(piece));
    }
    for (const auto piece : pieces_of(answer_.text, answer_.pace.chunk_bytes)) delta(R"("content":)" + quoted(piece));
    for (std::size_t i = 0; i < answer_.tool_calls.size(); ++i) {
      delta(R"("tool_calls":[)" + call_json(answer_.tool_calls[i], i) + "]");
    }
    event(head_ +
          fmt::format(R"([{{"index":0,"delta":{{}},"finish_reason":{}}}]}})", quoted(finish_reason_of(answer_))));
    if (answer_.usage && question_.include_usage) {
      event(head_ + R"([],"usage":)" + usage_of(answer_, question_) + "}");
    }
    if (answer_.done) event("[DONE]");
    return std::move(events_);
  }

  std::string event_of(std::string_view data) const { return fmt::format("data: {}{}{}", data, line_end_, line_end_); }

 private:
  void event(std::string_view data) { events_.push_back(event_of(data)); }
  void delta(std::string_view members) {
    const std::string_view role = events_.empty() ? R"("role":"assistant",)" : "";
    event(fmt::format(R"({}[{{"index":0,"delta":{{{}{}}},"finish_reason":null}}]}})", head_, role, members));
  }

  const Answer& answer_;
  const Question& question_;
  std::string_view line_end_;
  std::string head_;
  std::vector<std::string> events_;
};

/// Moves the cut between two writes into a character where there is one, as a network may.
void split_characters(std::vector<std::string>& writes) {
  std::string joined;
  for (const std::string& write : writes) joined += write;
  writes.clear();
  std::size_t begin = 0;
  for (std::size_t at = 1; at < joined.size(); ++at) {
    if (!is_inside_character(joined[at])) continue;
    writes.push_back(joined.substr(begin, at - begin));
    begin = at;
  }
  writes.push_back(joined.substr(begin));
}

std::size_t limit(std::optional<int> after, std::size_t size) {
  return std::min(static_cast<std::size_t>(after.value_or(0)), size);
}

}  // namespace

Rendered render_stream(const Answer& answer, const Question& question) {
  StreamRenderer renderer(answer, question);
  Rendered rendered{.writes = renderer.events()};
  auto& writes = rendered.writes;
  if (answer.garbage_after) {
    const auto at = static_cast<std::ptrdiff_t>(limit(answer.garbage_after, writes.size()));
    writes.insert(writes.begin() + at, renderer.event_of("{this is not JSON"));
  }
  if (answer.error_after) {
    writes.resize(limit(answer.error_after, writes.size()));
    const std::string_view message =
        answer.error.empty() ? "The fake server broke off." : std::string_view(answer.error);
    writes.push_back(renderer.event_of(render_error(500, message, answer.error_code)));
  }
  if (answer.cut_after || answer.stall_after) {
    writes.resize(limit(answer.cut_after ? answer.cut_after : answer.stall_after, writes.size()));
    rendered.ending = answer.cut_after ? Ending::cut : Ending::stall;
  }
  if (answer.split_utf8) split_characters(writes);
  return rendered;
}

std::string render_completion(const Answer& answer, const Question& question) {
  json::object message{{"role", "assistant"}, {"content", nullptr}};
  if (!answer.text.empty() || answer.tool_calls.empty()) message["content"] = answer.text;
  if (!answer.reasoning.empty()) message["reasoning_content"] = answer.reasoning;
  if (!answer.tool_calls.empty()) message["tool_calls"] = to_json(answer.tool_calls);
  const std::string usage = answer.usage ? R"(,"usage":)" + usage_of(answer, question) : "";
  return fmt::format(
      R"({{"id":"chatcmpl-fake","object":"chat.completion","created":1,"model":{},"choices":[{{"index":0,"message":{},"finish_reason":{}}}]{}}})",
      quoted(question.model), json::serialize(message), quoted(finish_reason_of(answer)), usage);
}

std::string render_error(int status, std::string_view message, std::string_view code) {
  const std::string_view type = status == 429  ? "rate_limit_error"
                                : status < 500 ? "invalid_request_error"
                                               : "server_error";
  return fmt::format(R"({{"error":{{"message":{},"type":{},"param":null,"code":{}}}}})", quoted(message), quoted(type),
                     code.empty() ? "null" : quoted(code));
}

}  // namespace convoke::fakellm
