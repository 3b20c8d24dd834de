// What has to go, found by reading; only as much is read as stays, and counted in the index.
#include <algorithm>
#include <map>

#include "store/sqlite_event_row.hpp"
#include "store/sqlite_reader.hpp"

namespace convoke {
namespace {

// So long one call may keep a reader.
constexpr auto patience = std::chrono::milliseconds(5);

}  // namespace

Result<TrimPlan> SqliteReader::plan_trims(const RetentionRule& rule, std::int64_t after) {
  const auto began = std::chrono::steady_clock::now();
  TrimPlan plan{.trims = {}, .next = after};
  // Then only conversations with a policy of their own matter.
  SqliteStatement& next = rule.keeps_everything() ? next_with_own_ : next_conversation_;
  // Nobody needs to look at conversations that have fewer events than messages may stay.
  const bool by_count_only = rule.max_messages && !rule.max_tokens && !rule.oldest;
  const std::int64_t more_than = by_count_only ? *rule.max_messages : 0;
  while (std::chrono::steady_clock::now() - began < patience) {
    SqliteRows conversation = rule.keeps_everything() ? next.query({plan.next}) : next.query({plan.next, more_than});
    TRY(const bool found, conversation.next());
    if (!found) {
      plan.next = 0;
      break;
    }
    plan.next = conversation.integer(0);
    RetentionRule its_rule = rule;
    if (!conversation.is_null(3)) {
      TRY(const Retention own, read_retention(conversation.text(3)));
      its_rule = rule_of(own, rule.now);
    }
    if (its_rule.keeps_everything()) continue;
    TRY(auto trim, trim_of(its_rule, std::string(conversation.text(1)), conversation.integer(2)));
    if (trim) plan.trims.push_back(*std::move(trim));
  }
  return plan;
}

Result<std::optional<Trim>> SqliteReader::plan_trim(const std::string& conversation_id, const RetentionRule& rule) {
  Sequence last_seq = 0;
  {
    SqliteRows conversation = conversation_.query({conversation_id});
    TRY(const bool found, conversation.next());
    const bool is_visible = found && conversation.integer(5) == 0;
    if (!is_visible || rule.keeps_everything()) return std::nullopt;
    last_seq = conversation.integer(0);
  }
  return trim_of(rule, conversation_id, last_seq);
}

Result<std::optional<Trim>> SqliteReader::trim_of(const RetentionRule& rule, const std::string& conversation_id,
                                                  Sequence last_seq) {
  TrimScan scan(rule);
  {
    SqliteRows rows = newest_first_.query({conversation_id});
    for (;;) {
      TRY(const bool more, rows.next());
      if (!more) break;
      const auto type = event_type_of(rows.text(1));
      TRY(const WallTime said, from_iso8601(rows.text(3)));
      if (!type || !scan.take(rows.integer(0), *type, rows.integer(2), said)) break;
    }
  }
  auto first_kept = scan.first_kept(last_seq + 1);
  if (!first_kept) return std::nullopt;
  SqliteRows open = open_turn_.query({conversation_id});
  TRY(const bool asked, open.next());
  if (asked && !open.is_null(0)) first_kept = std::min(*first_kept, open.integer(0));
  TRY(const std::int64_t old, count_before(conversation_id, *first_kept));
  TRY(const std::int64_t shared, count_shared_before(conversation_id, *first_kept));
  if (old == shared) return std::nullopt;
  return Trim{conversation_id, *first_kept, old - shared};
}

Result<std::int64_t> SqliteReader::count_before(const std::string& conversation_id, Sequence first_kept) {
  SqliteRows count = count_before_.query({conversation_id, first_kept});
  TRY(const bool counted, count.next());
  return counted ? count.integer(0) : 0;
}

/// How many of them forks show.
Result<std::int64_t> SqliteReader::count_shared_before(const std::string& conversation_id, Sequence first_kept) {
  std::map<Sequence, Sequence> last_shared;  // by branch
  {
    SqliteRows forks = forks_of_.query({conversation_id});
    for (;;) {
      TRY(const bool more, forks.next());
      if (!more) break;
      TRY(const BranchTree tree, branches(conversation_id));
      for (const BranchPart& part : tree.way_to({forks.integer(1), forks.integer(0)})) {
        Sequence& last = last_shared[part.branch];
        last = std::max(last, part.last);
      }
    }
  }
  std::int64_t shared = 0;
  for (const auto& [branch, last] : last_shared) {
    SqliteRows count = count_on_branch_.query({conversation_id, std::min(first_kept - 1, last), branch});
    TRY(const bool counted, count.next());
    if (counted) shared += count.integer(0);
  }
  return shared;
}

}  // namespace convoke
