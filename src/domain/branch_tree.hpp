#pragma once
#include <vector>

#include "domain/event.hpp"

namespace convoke {

/// A chain of events, each the parent of the next. The trunk follows nothing; every other branch follows an event that
/// something else follows as well.
struct Branch {
  Sequence first = trunk;      ///< names it: the position of its first event; `trunk` for the trunk
  Sequence parent = 0;         ///< the event it follows, 0: it starts before the first
  Sequence parent_branch = 0;  ///< the branch `parent` is on, 0 for the trunk
  Sequence rival = 0;          ///< what followed `parent` before this branch did, 0 for the trunk
  Sequence leaf = 0;           ///< its newest event
  bool operator==(const Branch&) const = default;
};

/// A branch up to an event of it.
struct BranchPart {
  Sequence branch = trunk;
  Sequence last = 0;
  bool operator==(const BranchPart&) const = default;
};

/// The branches of one conversation. Most have the trunk only.
struct BranchTree {
  Sequence active = trunk;       ///< what people see, and where questions go
  std::vector<Branch> branches;  ///< by `first`; never without the trunk
  bool operator==(const BranchTree&) const = default;

  /// Null if there is no such branch.
  const Branch* find(Sequence branch) const;
  Branch* find(Sequence branch);
  /// The newest event of the active branch.
  Sequence leaf() const { return find(active)->leaf; }

  /// The way to an event of `branch`, newest part first: what it follows is the rest of the way.
  std::vector<BranchPart> way_to(BranchPart end) const;

  /// The branch with the newest leaf among those that lead through `event`, which is on `branch`.
  Sequence newest_through(Sequence event, Sequence branch) const;

  /// All that follow `parent`, of which there are several; empty where there are not.
  std::vector<Sequence> alternatives_after(Sequence parent) const;
};

}  // namespace convoke
