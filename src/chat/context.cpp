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

bool is_call(const Part& part) { return std::holds_alternative<ToolCall>(part); }

/// Thoughts alone are no message: what they led to is missing.
bool says_something(const Message& message) {
  return std::ranges::any_of(message.parts, [](const Part& part) {
    const Text* text = std::get_if<Text>(&part);
    return text ? !text->text.empty() : !std::holds_alternative<Reasoning>(part);
  });
}

/// Puts the messages of a turn one after another so that every call has its result and every result its call. Ids count
/// for one reply only: some providers begin anew with each.
class PairedMessages {
 public:
  void add(ShownMessage shown) {
    if (shown.message.role == Role::tool) return add_result(std::move(shown));
    drop_unanswered();
    if (shown.message.role == Role::assistant && !says_something(shown.message)) return;
    for (const ToolCall& call : shown.message.tool_calls()) open_.push_back(call.id);
    reply_ = messages_.size();
    messages_.push_back(std::move(shown));
  }

  std::vector<ShownMessage> take() {
    drop_unanswered();
    return std::move(messages_);
  }

 private:
  void add_result(ShownMessage shown) {
    shown.tokens = 0;  // its page may have another size by now
    std::erase_if(shown.message.parts, [&](const Part& part) {
      const ToolResult* result = std::get_if<ToolResult>(&part);
      return !result || !close(result->call_id);
    });
    if (!shown.message.parts.empty()) messages_.push_back(std::move(shown));
  }

  bool close(const std::string& id) {
    const auto call = std::ranges::find(open_, id);
    if (call == open_.end()) return false;
    open_.erase(call);
    return true;
  }

  /// The newest reply loses the calls that nothing has answered, and goes when it has nothing else to say.
  void drop_unanswered() {
    if (open_.empty()) return;
    messages_[reply_].tokens = 0;
    std::vector<Part>& parts = messages_[reply_].message.parts;
    // Of several with one id, the last ones are without a result.
    for (auto part = parts.end(); part != parts.begin();) {
      const ToolCall* call = std::get_if<ToolCall>(&*--part);
      if (call && close(call->id)) part = parts.erase(part);
    }
    if (!says_something(messages_[reply_].message)) {
      messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(reply_));
    }
    open_.clear();
  }

  std::vector<ShownMessage> messages_;
  std::vector<std::string> open_;  ///< calls of the newest reply that have no result yet
  std::size_t reply_ = 0;          ///< where that is
};

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

/// What a turn takes in a prompt at least, found without putting it together.
struct TurnSize {
  bool is_asked = false;
  bool is_answered = false;
  bool is_closed = false;
  std::int64_t tokens = 0;
  int messages = 0;
};

void add_to(TurnSize& turn, const Event& event) {
  turn.is_closed = turn.is_closed || closes_turn(event.type);
  if (!is_message(event)) return;
  turn.tokens += event.token_count;
  // Calls may turn out to have no result; then their message may not be shown.
  if (!says_something(event.message) || std::ranges::any_of(event.message.parts, is_call)) return;
  const bool is_question = event.type == EventType::user_message;
  (is_question ? turn.is_asked : turn.is_answered) = true;
  ++turn.messages;
}

/// As `group_by_turn` sorts them.
std::vector<TurnSize> sizes_of_turns(const std::vector<Event>& events) {
  std::vector<TurnSize> turns;
  std::unordered_map<std::string_view, std::size_t> place;
  for (const Event& event : events) {
    const auto [found, is_new] = place.try_emplace(event.request_id, turns.size());
    if (is_new || opens_turn(event.type)) {
      found->second = turns.size();
      turns.emplace_back();
    }
    // The question that is answered once more stands right before.
    if (event.type == EventType::regeneration) turns.back().is_asked = &event != &events.front();
    add_to(turns[found->second], event);
  }
  return turns;
}

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

std::vector<TurnEvents> group_by_turn(std::vector<Event> events) {
  std::vector<TurnEvents> turns;
  std::unordered_map<std::string, std::size_t> place;
  for (Event& event : events) {
    const auto [found, is_new] = place.try_emplace(event.request_id, turns.size());
    // A question opens a new turn even under a used request id: a failed one may be asked again.
    if (is_new || opens_turn(event.type)) {
      found->second = turns.size();
      turns.emplace_back();
    }
    if (event.type == EventType::regeneration) take_question(turns, event.parent);
    turns[found->second].push_back(std::move(event));
  }
  return turns;
}

std::vector<ShownMessage> messages_of(const TurnEvents& turn, std::size_t page_bytes) {
  const bool closed = std::ranges::any_of(turn, [](const Event& e) { return closes_turn(e.type); });
  const bool asked = std::ranges::any_of(turn, [](const Event& e) { return e.type == EventType::user_message; });
  if (!closed || !asked) return {};  // still running, or its beginning lies outside of what was read

  PairedMessages paired;
  for (const Event& event : turn) {
    if (is_message(event) && !event.message.parts.empty()) {
      paired.add({shown_message(event, page_bytes), result_id_of(event), event.token_count});
    }
  }
  std::vector<ShownMessage> messages = paired.take();
  const auto is_answer = [](const ShownMessage& one) { return one.message.role == Role::assistant; };
  if (std::ranges::none_of(messages, is_answer)) return {};
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

ChosenTurns choose_turns(std::vector<Event> events, const ContextLimits& limits, std::int64_t reserved) {
  std::vector<SizedTurn> turns;
  for (TurnEvents& turn : group_by_turn(std::move(events))) {
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
    for (ShownMessage& one : messages_of(turn, limits.max_result_bytes)) history.push_back(std::move(one.message));
  }
  return history;
}

bool fills_context(const std::vector<Event>& events, const ContextLimits& limits) {
  std::int64_t tokens = 0;
  int messages = 0;
  for (const TurnSize& turn : sizes_of_turns(events)) {
    if (!turn.is_asked || !turn.is_answered || !turn.is_closed) continue;
    tokens += turn.tokens;
    messages += turn.messages;
  }
  return tokens > limits.max_tokens - limits.reserve_tokens && messages > limits.preserve_recent;
}

}  // namespace convoke
