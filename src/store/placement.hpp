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
};

/// Looks things up in a store. Each is called for conversations the store knows nothing of, too.
struct LogLookup {
  std::function<Result<LogShape>(const std::string& conversation_id)> shape;
  /// The branch `event` is on, 0 if there is no such event. Only called where there is more than the trunk.
  std::function<Result<Sequence>(const std::string& conversation_id, Sequence event)> branch_of;
  /// What follows `parent` on `branch`.
  std::function<Result<Sequence>(const std::string& conversation_id, Sequence parent, Sequence branch)> next_on;
};

/// What follows `parent`, on `parent_branch`, on a way (see BranchTree::way_to), where that leads on to another branch:
/// its first event. Nothing if the way goes on along `parent_branch`, 0 if it does not lead through `parent`.
std::optional<Sequence> next_on_way(const std::vector<BranchPart>& way, Sequence parent, Sequence parent_branch);

struct Placed {
  std::vector<Placement> placements;
  std::unordered_map<std::string, LogShape> shapes;  ///< of the conversations, as the append makes them
};

/// Decides positions, parents and branches of `events`, which are to be appended in order. Changes nothing.
/// `invalid_input` names the first event that cannot be kept.
Result<Placed> place(const std::vector<Event>& events, const LogLookup& log);

}  // namespace convoke
