// What a store in memory lets go, and what it keeps for those forked from it.
#include <algorithm>
#include <ranges>

#include "store/memory_store.hpp"
#include "store/refusals.hpp"

namespace convoke {
namespace {

bool is_in(const std::vector<BranchPart>& parts, const Event& event) {
  return std::ranges::any_of(
      parts, [&](const BranchPart& part) { return part.branch == event.branch && event.seq <= part.last; });
}

}  // namespace

/// The parts of a conversation that forks of it show.
std::vector<BranchPart> MemoryStore::needed_by_forks(const std::string& conversation_id) const {
  const Conversation& conversation = conversations_.at(conversation_id);
  std::vector<BranchPart> needed;
  for (const Conversation& fork : conversations_ | std::views::values) {
    if (fork.shape.origin != conversation_id) continue;
    const Sequence branch = conversation.events.at(fork.shape.origin_seq).branch;
    std::ranges::copy(conversation.shape.tree.way_to({branch, fork.shape.origin_seq}), std::back_inserter(needed));
  }
  return needed;
}

/// Deletes of an erased conversation what no fork of it shows; all of it, and then perhaps its origin, if there is
/// none.
void MemoryStore::drop_unneeded(const std::string& conversation_id) {
  const auto found = conversations_.find(conversation_id);
  if (found == conversations_.end() || !found->second.shape.erased) return;
  Conversation& conversation = found->second;
  const std::vector<BranchPart> needed = needed_by_forks(conversation_id);
  std::erase_if(conversation.events, [&](const auto& entry) { return !is_in(needed, entry.second); });
  if (!needed.empty()) return;
  const std::string origin = conversation.shape.origin;
  conversations_.erase(found);
  drop_unneeded(origin);
}

Task<Result<TrimPlan>> MemoryStore::plan_trims(RetentionRule rule, std::int64_t) {
  const std::scoped_lock lock(mutex_);
  TrimPlan plan;
  for (const auto& [id, conversation] : conversations_) {
    if (conversation.shape.erased) continue;
    const auto& own = conversation.retention;
    auto trim = trim_of(id, conversation, own ? rule_of(*own, rule.now) : rule);
    if (trim) plan.trims.push_back(*std::move(trim));
  }
  co_return plan;
}

Task<Result<std::optional<Trim>>> MemoryStore::plan_trim(std::string conversation_id, RetentionRule rule) {
  const std::scoped_lock lock(mutex_);
  const Conversation* found = find(conversation_id);
  co_return found ? trim_of(conversation_id, *found, rule) : std::nullopt;
}

std::optional<Trim> MemoryStore::trim_of(const std::string& id, const Conversation& conversation,
                                         const RetentionRule& rule) const {
  TrimScan scan(rule);
  for (const auto& [seq, event] : conversation.events | std::views::reverse) {
    if (!scan.take(seq, event.type, event.token_count, event.timestamp)) break;
  }
  auto first_kept = scan.first_kept(conversation.shape.last_seq + 1);
  if (!first_kept) return std::nullopt;
  for (const Turn& turn : turns_ | std::views::values) {
    if (turn.conversation_id == id && turn.last == 0) first_kept = std::min(*first_kept, turn.first);
  }
  const std::vector<BranchPart> needed = needed_by_forks(id);
  const auto events = std::ranges::count_if(conversation.events, [&](const auto& entry) {
    return entry.first < *first_kept && !is_in(needed, entry.second);
  });
  if (events == 0) return std::nullopt;
  return Trim{id, *first_kept, events};
}

Task<Result<std::int64_t>> MemoryStore::trim(std::string conversation_id, Sequence first_kept) {
  const std::scoped_lock lock(mutex_);
  Conversation* conversation = find(conversation_id);
  if (!conversation) co_return no_conversation(conversation_id);
  const std::vector<BranchPart> needed = needed_by_forks(conversation_id);
  const auto deleted = std::erase_if(conversation->events, [&](const auto& entry) {
    return entry.first < first_kept && !is_in(needed, entry.second);
  });
  const auto is_gone = [&](std::int64_t turn) {
    const Turn& known = turns_.at(turn);
    return known.conversation_id == conversation_id && !conversation->events.contains(known.first);
  };
  std::erase_if(open_turns_, [&](const auto& entry) { return is_gone(entry.second); });
  std::erase_if(turns_by_request_, [&](const auto& entry) { return is_gone(entry.second); });
  std::erase_if(turns_, [&](const auto& entry) { return is_gone(entry.first); });
  if (conversation->shape.last_seq < first_kept) {
    conversation->shape.erased = true;
    drop_unneeded(conversation_id);
  }
  co_return static_cast<std::int64_t>(deleted);
}

}  // namespace convoke
