#pragma once
#include <vector>

#include "chat/settings.hpp"
#include "domain/event.hpp"

namespace convoke {

/// The events of one turn, oldest first.
using TurnEvents = std::vector<Event>;

/// Sorts a stretch of a log into turns, in the order of their first events. Turns may overlap in the log: two questions
/// can be answered at the same time.
std::vector<TurnEvents> group_by_turn(const std::vector<Event>& events);

/// What the model is shown of a past turn: question, answers, calls and results. Left out: turns that are still open or
/// were never answered, and calls without a result (providers refuse those).
std::vector<Message> messages_of(const TurnEvents& turn);

/// The messages of the newest past turns that fit into `max_tokens - reserve_tokens - reserved`, oldest first; whole
/// turns only, so that no result stands without its call. The newest `preserve_recent` messages are kept even when they
/// do not fit. `reserved`: tokens the system prompt, the tools and the question take. Pure; cost depends on what is
/// given, not on the length of the conversation.
std::vector<Message> choose_history(const std::vector<Event>& events, const ContextLimits& limits,
                                    std::int64_t reserved);

/// True when older events than these cannot matter: what is here already fills the context.
bool fills_context(const std::vector<Event>& events, const ContextLimits& limits);

}  // namespace convoke
