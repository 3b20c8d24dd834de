#pragma once
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/branch_tree.hpp"

namespace convoke {

/// Bounds of one event, so that one append can fail neither its neighbours nor a reader.
inline constexpr std::size_t max_id_bytes = 256;           ///< a conversation's or a request's id
inline constexpr std::size_t max_event_bytes = 64u << 20;  ///< all its texts together

/// Where one event of an append goes.
struct Placement {
  Sequence seq = 0;
  Sequence parent = 0;
  Sequence branch = trunk;
};

/// What placing an event needs to know of its conversation.
struct LogShape {
  Sequence last_seq = 0;
  BranchTree tree{.branches = {Branch{}}};
  std::string origin{};     ///< the conversation it was forked from,
  Sequence origin_seq = 0;  ///< which it shares up to here
  bool erased = false;      ///< going, or kept for those forked from it
};

/// Looks things up in a store. Each is called for conversations the store knows nothing of, too, and knows nothing of
/// what a fork shares with its origin.
struct LogLookup {
  /// Valid until the next call.
  std::function<Result<const LogShape*>(const std::string& conversation_id)> shape;
  /// The branch `event` is on, 0 if there is no such event.
  std::function<Result<Sequence>(const std::string& conversation_id, Sequence event)> branch_of;
  /// What follows `parent` on `branch`, 0 if nothing does.
  std::function<Result<Sequence>(const std::string& conversation_id, Sequence parent, Sequence branch)> next_on;
};

/// The branch `event` is on, 0 if there is no such event. Of what a fork shares, all is on its trunk.
Result<Sequence> branch_of(const LogLookup& log, const std::string& conversation_id, Sequence event);

/// What follows `parent` on `branch`, 0 if nothing does; also before a fork, where its origin may be erased.
Result<Sequence> next_on(const LogLookup& log, const std::string& conversation_id, Sequence parent, Sequence branch);

struct Placed {
  std::vector<Placement> placements;
  std::unordered_map<std::string, LogShape> shapes;  ///< of the conversations, as the append makes them
};

/// Decides positions, parents and branches of `events`, which are to be appended in order. Changes nothing.
/// `invalid_input` names the first event that cannot be kept.
Result<Placed> place(const std::vector<Event>& events, const LogLookup& log);

}  // namespace convoke
