#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "domain/details.hpp"
#include "domain/message.hpp"
#include "domain/retention.hpp"

namespace convoke {

/// A position in one conversation's log: 1 for its first event. 0 means "before the first".
using Sequence = std::int64_t;

/// As the `parent` of an event to append: a branch that starts before the first event, such as an edited first
/// question. The store keeps it as parent 0.
inline constexpr Sequence from_the_start = -1;

/// The branch a conversation begins with. Any other is named by the position of its first event.
inline constexpr Sequence trunk = 1;

enum class EventType {
  user_message,       ///< a question; opens a turn
  regeneration,       ///< the question that is its parent is to be answered once more; opens a turn
  assistant_message,  ///< words of the model, with the tool calls it asks for
  tool_call,          ///< one call as it is about to be sent to its server; durable before it is sent
  tool_result,        ///< what came back, or why nothing did
  summary,            ///< what was said up to the event `covers` in `details`, for prompts that have no room for it
  turn_completed,     ///< closes a turn: usage of the whole turn, model, finish reason in `details`
  turn_failed,        ///< closes a turn: the error in `details`
  turn_cancelled,     ///< closes a turn: somebody stopped it
  turn_interrupted,   ///< closes a turn the process did not live to finish; written at the next start
};
std::string_view name_of(EventType type);
std::optional<EventType> event_type_of(std::string_view name);
/// True for the two types that open a turn.
bool opens_turn(EventType type);
/// True for the four types that close a turn.
bool closes_turn(EventType type);

/// One row of the append-only log, the truth about a conversation. The store assigns `id`, `seq` and `branch`; it
/// assigns `parent` too where that is 0: the newest event of `branch`, or of the active one where that is 0 as well. A
/// parent that something follows already makes a branch, which becomes the active one.
struct Event {
  std::int64_t id = 0;
  std::string conversation_id;
  Sequence seq = 0;
  Sequence parent = 0;
  Sequence branch = 0;
  WallTime timestamp{};
  EventType type = EventType::user_message;
  /// The request that opened the turn this event belongs to.
  std::string request_id;
  /// Empty (no parts) for the events that close a turn.
  Message message{};
  std::string model{};
  std::optional<Usage> usage{};
  /// Tokens this message takes in a prompt; 0 when not counted.
  std::int64_t token_count = 0;
  /// What belongs to this event and to no column: a finish reason, an error, the server of a tool call.
  Details details{};

  bool operator==(const Event&) const = default;
};

/// The time in a text that `to_iso8601` wrote: 2026-11-23T18:04:48.123Z.
Result<WallTime> from_iso8601(std::string_view text);

/// The event as JSON, the form of `conversations.get` and of exports.
json::object to_json(const Event& event);

/// A conversation as lists show it.
struct ConversationSummary {
  std::string id;
  std::string title;  ///< the first words of its first question until somebody gives it another
  WallTime created{};
  WallTime updated{};
  std::int64_t events = 0;
  bool archived = false;
  std::string forked_from{};             ///< the conversation it was forked from, if any
  std::optional<Retention> retention{};  ///< its own; none: the configured one holds
  bool operator==(const ConversationSummary&) const = default;
};
json::object to_json(const ConversationSummary& summary);

}  // namespace convoke
