#pragma once
#include <optional>
#include <string>
#include <vector>

#include "chat/context.hpp"
#include "chat/token_count.hpp"
#include "llm/provider.hpp"

namespace convoke {

/// What was said in turns that a prompt leaves out, in a few words.
struct Summary {
  std::string text;
  Sequence covers = 0;  ///< the last event it tells of
  bool operator==(const Summary&) const = default;
};

/// The newest summary on record among `events`; it replaces those before it.
std::optional<Summary> newest_summary(const std::vector<Event>& events);

/// The last event of turns that follow each other.
Sequence last_event_of(const std::vector<TurnEvents>& turns);

/// What a model is asked for to bring a summary up to date: the one `before`, and what was said in those of `turns` it
/// does not tell of. Of more than `max_bytes` of that, the newest. Pure.
Prompt summary_request(const std::optional<Summary>& before, const std::vector<TurnEvents>& turns, int max_tokens,
                       std::size_t max_bytes);

/// What a model has written, without the space around it. `protocol` if that is nothing.
Result<std::string> summary_in(const Reply& reply);

/// A summary as a prompt shows it.
Message summary_message(const Summary& summary);

/// The summary cut between two characters, where a prompt would have to give it more than `max_tokens`: a model may
/// write more than it was told to.
Summary within(Summary summary, std::int64_t max_tokens, const MessageCounter& counter);

/// True when older events than these cannot matter for a summary: `events` go back to where the newest one ends.
bool reaches_summary(const std::vector<Event>& events);

}  // namespace convoke
