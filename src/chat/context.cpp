#include "chat/context.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace convoke {
namespace {

bool is_message(const Event& event) {
  return event.type == EventType::user_message || event.type == EventType::assistant_message ||
         event.type == EventType::tool_result;
}

std::set<std::string> answered_calls(const TurnEvents& turn) {
  std::set<std::string> ids;
  for (const Event& event : turn) {
    for (const Part& part : event.message.parts) {
      if (const ToolResult* result = std::get_if<ToolResult>(&part)) ids.insert(result->call_id);
    }
  }
  return ids;
}

Message without_unanswered_calls(Message message, const std::set<std::string>& answered) {
  std::erase_if(message.parts, [&](const Part& part) {
    const ToolCall* call = std::get_if<ToolCall>(&part);
    return call && !answered.contains(call->id);
  });
  return message;
}

std::int64_t tokens_of(const TurnEvents& turn) {
  std::int64_t sum = 0;
  for (const Event& event : turn) {
    if (is_message(event)) sum += event.token_count;
  }
  return sum;
}

/// An answer that was regenerated belongs to the question it follows; what else was said to that is on another branch.
void take_question(std::vector<TurnEvents>& turns, Sequence question) {
  for (TurnEvents& turn : turns) {
    const auto found = std::ranges::find(turn, question, &Event::seq);
    if (found == turn.end()) continue;
    turns.back().push_back(std::move(*found));
    turn.erase(found);
    return;
  }
}

}  // namespace

std::vector<TurnEvents> group_by_turn(const std::vector<Event>& events) {
  std::vector<TurnEvents> turns;
  std::unordered_map<std::string_view, std::size_t> place;
  for (const Event& event : events) {
    const auto [found, is_new] = place.try_emplace(event.request_id, turns.size());
    // A question opens a new turn even under a used request id: a failed one may be asked again.
    if (is_new || opens_turn(event.type)) {
      found->second = turns.size();
      turns.emplace_back();
    }
    if (event.type == EventType::regeneration) take_question(turns, event.parent);
    turns[found->second].push_back(event);
  }
  return turns;
}

std::vector<Message> messages_of(const TurnEvents& turn) {
  const bool closed = std::ranges::any_of(turn, [](const Event& e) { return closes_turn(e.type); });
  const bool asked = std::ranges::any_of(turn, [](const Event& e) { return e.type == EventType::user_message; });
  if (!closed || !asked) return {};  // still running, or its beginning lies outside of what was read

  const std::set<std::string> answered = answered_calls(turn);
  std::vector<Message> messages;
  bool has_answer = false;
  for (const Event& event : turn) {
    if (!is_message(event)) continue;
    Message message = without_unanswered_calls(event.message, answered);
    if (message.parts.empty()) continue;
    has_answer = has_answer || message.role == Role::assistant;
    messages.push_back(std::move(message));
  }
  if (!has_answer) return {};
  return messages;
}

std::vector<Message> choose_history(const std::vector<Event>& events, const ContextLimits& limits,
                                    std::int64_t reserved) {
  const std::int64_t room = limits.max_tokens - limits.reserve_tokens - reserved;
  const std::vector<TurnEvents> turns = group_by_turn(events);
  std::vector<std::vector<Message>> chosen;
  std::int64_t used = 0;
  std::size_t kept = 0;
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    std::vector<Message> messages = messages_of(*turn);
    if (messages.empty()) continue;
    used += tokens_of(*turn);
    if (used > room && kept >= static_cast<std::size_t>(limits.preserve_recent)) break;
    kept += messages.size();
    chosen.push_back(std::move(messages));
  }
  std::vector<Message> history;
  for (auto messages = chosen.rbegin(); messages != chosen.rend(); ++messages) {
    std::ranges::move(*messages, std::back_inserter(history));
  }
  return history;
}

bool fills_context(const std::vector<Event>& events, const ContextLimits& limits) {
  std::int64_t tokens = 0;
  int messages = 0;
  for (const Event& event : events) {
    if (!is_message(event)) continue;
    tokens += event.token_count;
    ++messages;
  }
  return tokens > limits.max_tokens - limits.reserve_tokens && messages > limits.preserve_recent;
}

}  // namespace convoke
