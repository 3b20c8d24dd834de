#pragma once
#include <vector>

#include "base/clock.hpp"
#include "chat/token_count.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// The events that close a turn a crash cut off: what had been said, marked partial, and that it was interrupted. Pure.
std::vector<Event> ending_of_interrupted(const RecordedTurn& turn, WallTime now, const MessageCounter& counter);

}  // namespace convoke
