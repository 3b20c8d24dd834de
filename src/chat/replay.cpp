#include "chat/replay.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "chat/branching.hpp"

namespace convoke {
namespace {

constexpr std::size_t max_shown_result_bytes = 2000;

std::string cut(std::string text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  return std::string(utf8_prefix(text, max_bytes)) + "…";
}

const Event* closing_event(const std::vector<Event>& events) {
  const auto found = std::ranges::find_if(events, [](const Event& e) { return closes_turn(e.type); });
  return found == events.end() ? nullptr : &*found;
}

/// A request asked again after it failed has several questions under its id; the last one counts.
std::vector<Event> last_attempt(const std::vector<Event>& events) {
  auto begin = events.begin();
  for (auto event = events.begin(); event != events.end(); ++event) {
    if (opens_turn(event->type)) begin = event;
  }
  return {begin, events.end()};
}

bool was_answered(const Event& closing) {
  return closing.type == EventType::turn_completed || closing.type == EventType::turn_cancelled;
}

FrameBody last_frame(const Event& opening, const Event& closing) {
  json::object metadata = closing.details;
  metadata["replayed"] = true;
  metadata["question_seq"] = question_seq(opening);
  if (was_answered(closing)) return Complete{std::move(metadata), {}};
  Error error{Errc::unavailable, "the server stopped before the answer was complete; what was said is kept", {}};
  if (const json::object* recorded = find_object(closing.details, "error")) {
    error = {errc_of(string_or_empty(*recorded, "type")), string_or_empty(*recorded, "message"), {}};
  }
  return Failed{std::move(error), "", {{"conversation_id", closing.conversation_id}, {"replayed", true}}};
}

}  // namespace

Message message_of(const Question& question) {
  Message message{Role::user, question.materials};
  if (question.is_text_said) message.parts.insert(message.parts.begin(), Text{question.text});
  return message;
}

std::string text_asked(const Event& opening) {
  const auto asked = find_string(opening.details, "asked");
  return asked ? std::string(*asked) : opening.message.text();
}

bool is_same_request(const Question& question, const std::string& conversation_id, const std::string& text) {
  if (question.text != text) return false;
  if (question.conversation_id == conversation_id) return true;
  return !question.names_conversation && question.request_id.size() >= globally_unique_id_bytes;
}

std::variant<AskAnew, ReplayTurn, RefuseAsConflict> decide_repeat(const Question& question,
                                                                  std::vector<RecordedTurn> recorded) {
  for (RecordedTurn& turn : recorded) {
    turn.events = last_attempt(turn.events);
    const Event* closing = closing_event(turn.events);
    if (!closing || (question.may_ask && !was_answered(*closing))) continue;
    const Event& opening = turn.events.front();
    // What is answered once more has its text elsewhere in the log.
    const bool is_again = opening.type == EventType::regeneration && question.where.kind == BranchPoint::Kind::again;
    if (is_same_request(question, turn.conversation_id, is_again ? question.text : text_asked(opening))) {
      return ReplayTurn{std::move(turn)};
    }
    if (turn.conversation_id == question.conversation_id) return RefuseAsConflict{};
  }
  return AskAnew{};
}

Processing tool_execution_notice(const ToolCall& call, const std::string& server, const ChatSettings& settings) {
  json::object metadata{{"tool_call_id", call.id}, {"tool", call.name}, {"server", server}};
  if (settings.show_tool_arguments) {
    auto arguments = parse_json(call.arguments);
    metadata["arguments"] = arguments ? *std::move(arguments) : json::value(call.arguments);
  }
  return {"tool_execution", "calling " + call.name, std::move(metadata)};
}

Processing tool_result_notice(const ToolResult& result, const std::string& server, std::int64_t duration_ms) {
  return {"tool_result", cut(result.text, max_shown_result_bytes),
          json::object{{"tool_call_id", result.call_id},
                       {"tool", result.name},
                       {"server", server},
                       {"is_error", result.is_error},
                       {"duration_ms", duration_ms}}};
}

std::vector<FrameBody> replay(const RecordedTurn& turn, const ChatSettings& settings) {
  std::vector<FrameBody> frames;
  std::string text;
  for (const Event& event : turn.events) {
    const std::string server = string_or_empty(event.details, "server");
    if (event.type == EventType::assistant_message) {
      if (!text.empty() && !event.message.text().empty()) text += "\n\n";
      text += event.message.text();
    } else if (event.type == EventType::tool_call && settings.notify_tools) {
      for (const ToolCall& call : event.message.tool_calls()) {
        frames.emplace_back(tool_execution_notice(call, server, settings));
      }
    } else if (event.type == EventType::tool_result && settings.notify_tools && !event.message.parts.empty()) {
      if (const ToolResult* result = std::get_if<ToolResult>(&event.message.parts.front())) {
        frames.emplace_back(
            tool_result_notice(*result, server, find_integer(event.details, "duration_ms").value_or(0)));
      }
    }
  }
  if (!text.empty()) frames.emplace_back(Chunk{Chunk::Type::text, std::move(text)});
  frames.push_back(last_frame(turn.events.front(), *closing_event(turn.events)));
  return frames;
}

}  // namespace convoke
