#include "chat/context.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <unordered_map>

#include "chat/shown_message.hpp"

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

/// A turn with the number of its messages in a prompt.
struct SizedTurn {
  TurnEvents events;
  int messages = 0;
};

/// The oldest turn that can be shown when all newer ones are.
std::size_t first_that_fits(const std::vector<SizedTurn>& turns, std::int64_t room, int preserve_recent) {
  std::int64_t used = 0;
  int messages = 0;
  std::size_t first = turns.size();
  while (first > 0) {
    used += tokens_of(turns[first - 1].events);
    if (used > room && messages >= preserve_recent) break;
    messages += turns[--first].messages;
  }
  return first;
}

/// The power of two between the positions where turn `i` and the one before it begin.
int coarseness(const std::vector<SizedTurn>& turns, std::size_t i) {
  const Sequence before = turns[i - 1].events.front().seq;
  const auto between = static_cast<std::uint64_t>(before ^ turns[i].events.front().seq);
  return static_cast<int>(std::bit_width(between));
}

/// The turn from `first` on that begins at the coarsest border, leaving out turns of at most `slack` tokens.
std::size_t coarsest_border(const std::vector<SizedTurn>& turns, std::size_t first, std::int64_t slack,
                            int preserve_recent) {
  int messages = 0;
  for (std::size_t i = first; i < turns.size(); ++i) messages += turns[i].messages;
  std::size_t best = first;
  std::int64_t dropped = 0;
  for (std::size_t i = first + 1; i < turns.size(); ++i) {
    dropped += tokens_of(turns[i - 1].events);
    messages -= turns[i - 1].messages;
    if (dropped > slack || messages < preserve_recent) break;
    if (coarseness(turns, i) > coarseness(turns, best)) best = i;
  }
  return best;
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

std::vector<Message> messages_of(const TurnEvents& turn, std::size_t page_bytes) {
  const bool closed = std::ranges::any_of(turn, [](const Event& e) { return closes_turn(e.type); });
  const bool asked = std::ranges::any_of(turn, [](const Event& e) { return e.type == EventType::user_message; });
  if (!closed || !asked) return {};  // still running, or its beginning lies outside of what was read

  const std::set<std::string> answered = answered_calls(turn);
  std::vector<Message> messages;
  bool has_answer = false;
  for (const Event& event : turn) {
    if (!is_message(event)) continue;
    Message message = shown_message(event, page_bytes);
    if (message.role == Role::assistant) message = without_unanswered_calls(std::move(message), answered);
    if (message.parts.empty()) continue;
    has_answer = has_answer || message.role == Role::assistant;
    messages.push_back(std::move(message));
  }
  if (!has_answer) return {};
  return messages;
}

ContextLimits by_our_count(ContextLimits limits, double ratio) {
  // In steps, so that a ratio that wavers does not move the border of what is shown with every turn.
  constexpr double step = 1.0 / 16;
  ratio = std::max(step, std::ceil(ratio / step) * step);
  limits.max_tokens = static_cast<std::int64_t>(static_cast<double>(limits.max_tokens) / ratio);
  limits.reserve_tokens = static_cast<std::int64_t>(static_cast<double>(limits.reserve_tokens) / ratio);
  return limits;
}

ChosenTurns choose_turns(const std::vector<Event>& events, const ContextLimits& limits, std::int64_t reserved) {
  std::vector<SizedTurn> turns;
  for (TurnEvents& turn : group_by_turn(events)) {
    const auto messages = static_cast<int>(messages_of(turn, limits.max_result_bytes).size());
    if (messages > 0) turns.push_back({std::move(turn), messages});
  }
  const std::int64_t room = limits.max_tokens - limits.reserve_tokens - reserved;
  std::size_t first = first_that_fits(turns, room, limits.preserve_recent);
  if (first > 0) first = coarsest_border(turns, first, room / 4, limits.preserve_recent);

  ChosenTurns chosen;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    (i < first ? chosen.left_out : chosen.shown).push_back(std::move(turns[i].events));
  }
  return chosen;
}

std::vector<Message> choose_history(const std::vector<Event>& events, const ContextLimits& limits,
                                    std::int64_t reserved) {
  std::vector<Message> history;
  for (const TurnEvents& turn : choose_turns(events, limits, reserved).shown) {
    std::ranges::move(messages_of(turn, limits.max_result_bytes), std::back_inserter(history));
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
