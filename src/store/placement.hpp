#pragma once
#include <functional>
#include <string>
#include <vector>

#include "domain/event.hpp"

namespace convoke {

/// Bounds of one event, so that one append can fail neither its neighbours nor a reader.
inline constexpr std::size_t max_id_bytes = 256;           ///< a conversation's or a request's id
inline constexpr std::size_t max_event_bytes = 64u << 20;  ///< all its texts together

/// Where one event of an append goes.
struct Placement {
  Sequence seq = 0;
  Sequence parent = 0;
};

/// The last sequence number of a conversation, 0 if it has none.
using LastSequence = std::function<Result<Sequence>(const std::string& conversation_id)>;

/// Decides sequence numbers and parents of `events`, which are to be appended in order. Changes nothing.
/// `invalid_input` names the first event that cannot be kept.
Result<std::vector<Placement>> place(const std::vector<Event>& events, const LastSequence& last_sequence);

}  // namespace convoke
