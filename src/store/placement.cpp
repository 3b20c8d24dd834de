#include "store/placement.hpp"

#include <fmt/format.h>

#include "store/refusals.hpp"

namespace convoke {
namespace {

// Times are kept as ISO 8601 with four digits for the year.
constexpr WallTime first_time = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr WallTime end_of_time = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

std::size_t size_of(const ToolResult& result) {
  std::size_t bytes = result.text.size();
  for (const Image& image : result.images) bytes += image.data.size();
  return bytes;
}

std::size_t size_of(const Message& message) {
  std::size_t bytes = 0;
  for (const Part& part : message.parts) {
    bytes += std::visit(Overloaded{
                            [](const Text& p) { return p.text.size(); },
                            [](const Reasoning& p) { return p.text.size() + p.replay.size(); },
                            [](const Image& p) { return p.data.size(); },
                            [](const ToolCall& p) { return p.arguments.size(); },
                            [](const ToolResult& p) { return size_of(p); },
                        },
                        part);
  }
  return bytes;
}

Result<void> check(const Event& event) {
  if (event.conversation_id.empty()) return fail(Errc::invalid_input, "an event needs a conversation id");
  if (event.conversation_id.size() > max_id_bytes || event.request_id.size() > max_id_bytes) {
    return fail(Errc::invalid_input, fmt::format("an id is longer than {} bytes", max_id_bytes));
  }
  if (event.timestamp < first_time || event.timestamp >= end_of_time) {
    return fail(Errc::invalid_input, "an event's time is outside the years 0 to 9999");
  }
  if (size_of(event.message) > max_event_bytes) {
    return fail(Errc::invalid_input, fmt::format("an event is larger than {} bytes", max_event_bytes));
  }
  return {};
}

/// Places the events of one append, one after the other.
class Placing {
 public:
  Placing(const std::vector<Event>& events, const LogLookup& log) : events_(events), log_(log) {}

  Result<Placed> run() {
    placed_.placements.reserve(events_.size());
    for (const Event& event : events_) {
      CHECK_OK(check(event));
      TRY(LogShape * shape, shape_of(event.conversation_id));
      TRY(const Placement placement, next(event, *shape));
      placed_.placements.push_back(placement);
    }
    return std::move(placed_);
  }

 private:
  Result<LogShape*> shape_of(const std::string& conversation_id) {
    auto known = placed_.shapes.find(conversation_id);
    if (known == placed_.shapes.end()) {
      TRY(const LogShape* shape, log_.shape(conversation_id));
      if (shape->erased) return was_erased(conversation_id);
      known = placed_.shapes.emplace(conversation_id, *shape).first;
    }
    return &known->second;
  }

  Result<Placement> next(const Event& event, LogShape& shape) {
    const Sequence seq = shape.last_seq + 1;
    TRY(const Placement placement, event.parent == 0 ? at_the_end(event, shape, seq) : after_parent(event, shape, seq));
    shape.last_seq = seq;
    shape.tree.find(placement.branch)->leaf = seq;
    return placement;
  }

  Result<Placement> at_the_end(const Event& event, const LogShape& shape, Sequence seq) const {
    const Placement* before = earlier(event.conversation_id, [](const Placement&) { return true; });
    const Sequence name = event.branch ? event.branch : before ? before->branch : shape.tree.active;
    const Branch* branch = shape.tree.find(name);
    if (!branch) return fail(Errc::invalid_input, fmt::format("'{}' has no branch {}", event.conversation_id, name));
    return Placement{seq, branch->leaf, name};
  }

  /// On the branch of its parent if nothing follows that yet, otherwise on a new one.
  Result<Placement> after_parent(const Event& event, LogShape& shape, Sequence seq) const {
    const Sequence parent = event.parent == from_the_start ? 0 : event.parent;
    TRY(const Sequence name, parent_branch(event, shape, parent));
    const bool is_known = parent >= 0 && parent < seq && name > 0;
    if (!is_known) {
      return fail(Errc::invalid_input, fmt::format("event {} of '{}' cannot follow {}, which is not before it", seq,
                                                   event.conversation_id, parent));
    }
    const bool is_free = shape.tree.find(name)->leaf == parent;
    if (!is_free) {
      TRY(const Sequence rival, next_on(event.conversation_id, parent, name));
      shape.tree.branches.push_back({seq, parent, name, rival, seq});
    }
    shape.tree.active = is_free ? name : seq;
    return Placement{seq, parent, shape.tree.active};
  }

  Result<Sequence> parent_branch(const Event& event, const LogShape& shape, Sequence parent) const {
    if (parent == 0 || shape.tree.branches.size() == 1) return trunk;
    const Placement* mine = earlier(event.conversation_id, [&](const Placement& p) { return p.seq == parent; });
    if (mine) return mine->branch;
    return branch_of(log_, event.conversation_id, parent);
  }

  Result<Sequence> next_on(const std::string& conversation_id, Sequence parent, Sequence branch) const {
    TRY(const Sequence stored, convoke::next_on(log_, conversation_id, parent, branch));
    if (stored) return stored;
    const Placement* mine =
        earlier(conversation_id, [&](const Placement& p) { return p.parent == parent && p.branch == branch; });
    return mine ? mine->seq : 0;
  }

  /// The newest event of this very append that fits, or null.
  template <class Fits>
  const Placement* earlier(const std::string& conversation_id, Fits fits) const {
    for (std::size_t i = placed_.placements.size(); i-- > 0;) {
      if (events_[i].conversation_id == conversation_id && fits(placed_.placements[i])) return &placed_.placements[i];
    }
    return nullptr;
  }

  const std::vector<Event>& events_;
  const LogLookup& log_;
  Placed placed_;
};

/// What follows `parent`, on `parent_branch`, on a way (see BranchTree::way_to), where that leads on to another branch:
/// its first event. Nothing if the way goes on along `parent_branch`, 0 if it does not lead through `parent`.
std::optional<Sequence> next_on_way(const std::vector<BranchPart>& way, Sequence parent, Sequence parent_branch) {
  if (parent == 0 && way.back().branch != trunk) return way.back().branch;
  for (std::size_t i = 0; i < way.size(); ++i) {
    if (way[i].branch != parent_branch || way[i].last < parent) continue;
    if (way[i].last == parent && i > 0) return way[i - 1].branch;
    return std::nullopt;
  }
  return 0;
}

/// What follows `parent` on the one way that a fork shares with its origin.
Result<Sequence> next_before_fork(const LogLookup& log, const std::string& origin, Sequence fork, Sequence parent) {
  TRY(const Sequence end_branch, branch_of(log, origin, fork));
  TRY(const Sequence parent_branch, parent == 0 ? Result<Sequence>(trunk) : branch_of(log, origin, parent));
  TRY(const LogShape* source, log.shape(origin));
  const auto way = source->tree.way_to({end_branch, fork});
  const auto next = next_on_way(way, parent, parent_branch);
  return next ? Result<Sequence>(*next) : next_on(log, origin, parent, parent_branch);
}

}  // namespace

Result<Sequence> branch_of(const LogLookup& log, const std::string& conversation_id, Sequence event) {
  TRY(const LogShape* shape, log.shape(conversation_id));
  if (event > 0 && event <= shape->origin_seq) return trunk;
  return log.branch_of(conversation_id, event);
}

Result<Sequence> next_on(const LogLookup& log, const std::string& conversation_id, Sequence parent, Sequence branch) {
  TRY(const Sequence own, log.next_on(conversation_id, parent, branch));
  if (own) return own;
  TRY(const LogShape* shape, log.shape(conversation_id));
  const bool is_shared = parent < shape->origin_seq && branch == trunk;
  if (!is_shared) return 0;
  return next_before_fork(log, std::string(shape->origin), shape->origin_seq, parent);
}

Result<Placed> place(const std::vector<Event>& events, const LogLookup& log) { return Placing(events, log).run(); }

}  // namespace convoke
