#include "chat/interrupted.hpp"

namespace convoke {

std::vector<Event> ending_of_interrupted(const RecordedTurn& turn, WallTime now, const MessageCounter& counter) {
  const auto event_of = [&](EventType type) {
    Event event;
    event.conversation_id = turn.conversation_id;
    event.request_id = turn.request_id;
    event.timestamp = now;
    event.type = type;
    event.branch = turn.events.empty() ? 0 : turn.events.back().branch;
    return event;
  };
  std::vector<Event> ending;
  if (!turn.draft.empty()) {
    Event& said = ending.emplace_back(event_of(EventType::assistant_message));
    said.message = assistant_message(turn.draft);
    said.token_count = counter.count(said.message);
    said.details = {{"partial", true}};
  }
  Event& closing = ending.emplace_back(event_of(EventType::turn_interrupted));
  closing.details = {{"conversation_id", turn.conversation_id}, {"finish_reason", "interrupted"}};
  return ending;
}

}  // namespace convoke
