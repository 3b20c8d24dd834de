#pragma once
#include <vector>

#include "chat/settings.hpp"
#include "domain/event.hpp"

namespace convoke {

/// The events of one turn, oldest first.
using TurnEvents = std::vector<Event>;

/// Sorts a stretch of a log into turns, in the order of their first events. Turns may overlap in the log: two questions
/// can be answered at the same time.
std::vector<TurnEvents> group_by_turn(std::vector<Event> events);

/// A message as a prompt shows it.
struct ShownMessage {
  Message message;
  std::string result_id{};  ///< by which the tool's result it holds can be read again, if it can
  std::int64_t tokens = 0;  ///< as its event has them; 0 where it was not counted as it is shown here
};

/// What the model is shown of a past turn: question, answers, calls and results. Left out: turns that are still open or
/// were never answered, and calls without a result and results without a call (providers refuse both).
/// A tool's result of more than `page_bytes` is cut, with a note how to read on.
std::vector<ShownMessage> messages_of(const TurnEvents& turn, std::size_t page_bytes);

/// The past turns that were answered: those a prompt shows, and the older ones it leaves out. Both oldest first.
struct ChosenTurns {
  std::vector<TurnEvents> left_out;
  std::vector<TurnEvents> shown;
};

/// The limits in tokens as we count them, where a provider counts `ratio` for one of ours: what fits by these fits.
ContextLimits by_our_count(ContextLimits limits, double ratio);

/// The newest past turns that fit into `max_tokens - reserve_tokens - reserved`; whole turns only, so that no result
/// stands without its call. The newest `preserve_recent` messages are shown even when they do not fit.
///
/// When not all fit, up to a quarter of the room stays free, so that the next turns begin with the same words and the
/// provider's prompt cache stays warm: the oldest turn shown changes once in many turns, and depends on nothing but the
/// log. Where two turns meet, the power of two that lies between their positions tells how coarse the border is; the
/// coarsest one in reach is taken, and as the log grows it is the last to go out of reach.
///
/// `reserved`: tokens the system prompt, the tools and the question take. Pure; cost depends on what is given, not on
/// the length of the conversation.
ChosenTurns choose_turns(std::vector<Event> events, const ContextLimits& limits, std::int64_t reserved);

/// The messages of the turns that `choose_turns` shows.
std::vector<Message> choose_history(const std::vector<Event>& events, const ContextLimits& limits,
                                    std::int64_t reserved);

/// True when older events than these cannot matter: the answered turns that are here as a whole fill the context.
bool fills_context(const std::vector<Event>& events, const ContextLimits& limits);

}  // namespace convoke
