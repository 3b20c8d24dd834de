// What the reader looks up in everything: words, and what has to go.
#include <algorithm>
#include <limits>

#include "store/event_columns.hpp"
#include "store/postgres/reader.hpp"
#include "store/postgres/search.hpp"

namespace convoke {
namespace {

// So long one call may keep a reader.
constexpr auto patience = std::chrono::milliseconds(5);
constexpr WallTime first_time = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr WallTime end_of_time = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

// Of a word that is everywhere only the newest five hundred places are weighed. Rank 1: a long message is worth less,
// but not in proportion to its length.
constexpr std::string_view search_sql =
    "SELECT e.conversation_id, c.title, e.seq, e.timestamp, e.role, left(e.content, 16384) FROM "
    "(SELECT id FROM chat_events WHERE words @@ $1::text::tsquery "
    "AND ($2::text IS NULL OR conversation_id = $2) AND ($3::text IS NULL OR role = $3) "
    "AND timestamp >= $4 AND timestamp < $5 ORDER BY id DESC LIMIT 500) newest "
    "JOIN chat_events e USING (id) JOIN conversations c ON c.conversation_id = e.conversation_id AND NOT c.erased "
    "ORDER BY ts_rank(e.words, $1::text::tsquery, 1) DESC, e.id DESC LIMIT $6 OFFSET $7";

PostgresValue or_null(const std::optional<std::string_view>& text) {
  return text ? PostgresValue(*text) : PostgresValue(nullptr);
}

}  // namespace

// Each search has a plan of its own: the one for a word that is everywhere is not the one for a word that is rare.
Result<std::vector<SearchHit>> PostgresReader::search(const SearchQuery& query) {
  TRY(const WordCutter cutter, WordCutter::make());
  TRY(const TextQuery text, text_query(cutter, query.text));
  std::vector<SearchHit> hits;
  if (text.expression.empty()) return hits;
  const auto role = query.role ? std::optional(name_of(*query.role)) : std::nullopt;
  const std::optional<std::string_view> conversation = query.conversation_id;
  connection_.send_once(search_sql, {text.expression, or_null(conversation), or_null(role),
                                     query.from.value_or(first_time), query.until.value_or(end_of_time),
                                     std::int64_t{std::max(query.limit, 0)}, std::int64_t{std::max(query.offset, 0)}});
  TRY(const auto answers, connection_.receive());
  const PostgresRows& rows = answers.back();
  for (int row = 0; row < rows.size(); ++row) {
    const std::string words = rows.text(row, 5);
    hits.push_back({rows.text(row, 0), rows.text(row, 1), rows.integer(row, 2), rows.time(row, 3),
                    role_of(rows.text(row, 4)).value_or(Role::user),
                    snippet_around(words, cutter.cut(words, false), text.phrases)});
  }
  return hits;
}

Result<TrimPlan> PostgresReader::plan_trims(const RetentionRule& rule, std::int64_t after) {
  const auto began = SteadyClock::now();
  TrimPlan plan{.trims = {}, .next = after};
  // Nobody needs to look at conversations that have fewer events than messages may stay; where everything stays, only
  // at those with a policy of their own.
  const bool by_count_only = rule.max_messages && !rule.max_tokens && !rule.oldest;
  const std::int64_t more_than = rule.keeps_everything() ? std::numeric_limits<std::int64_t>::max()
                                 : by_count_only         ? *rule.max_messages
                                                         : 0;
  while (SteadyClock::now() - began < patience) {
    TRY(const PostgresRows next,
        connection_.query("SELECT key, conversation_id, last_seq, retention FROM conversations WHERE key > $1 AND "
                          "(events > $2 OR retention IS NOT NULL) AND NOT erased ORDER BY key LIMIT 1",
                          {plan.next, more_than}));
    if (next.empty()) {
      plan.next = 0;
      break;
    }
    plan.next = next.integer(0, 0);
    RetentionRule its_rule = rule;
    if (!next.is_null(0, 3)) {
      TRY(const Retention own, read_retention(next.text(0, 3)));
      its_rule = rule_of(own, rule.now);
    }
    if (its_rule.keeps_everything()) continue;
    TRY(auto trim, trim_of(its_rule, next.text(0, 1), next.integer(0, 2)));
    if (trim) plan.trims.push_back(*std::move(trim));
  }
  return plan;
}

Result<std::optional<Trim>> PostgresReader::plan_trim(const std::string& conversation_id, const RetentionRule& rule) {
  if (rule.keeps_everything()) return std::nullopt;
  TRY(const PostgresRows rows,
      connection_.query("SELECT last_seq FROM conversations WHERE conversation_id = $1 AND NOT erased",
                        {conversation_id}));
  if (rows.empty()) return std::nullopt;
  return trim_of(rule, conversation_id, rows.integer(0, 0));
}

/// Reads as much as stays, a few hundred events at a time, and counts the rest in the index.
Result<std::optional<Trim>> PostgresReader::trim_of(const RetentionRule& rule, const std::string& conversation_id,
                                                    Sequence last_seq) {
  constexpr std::int64_t page = 512;
  TrimScan scan(rule);
  Sequence before = last_seq + 1;
  for (bool goes_on = true; goes_on;) {
    TRY(const PostgresRows rows,
        connection_.query("SELECT seq, type, token_count, timestamp FROM chat_events WHERE conversation_id = $1 AND "
                          "seq < $2 ORDER BY seq DESC LIMIT $3",
                          {conversation_id, before, page}));
    goes_on = rows.size() == page;
    for (int row = 0; row < rows.size(); ++row) {
      before = rows.integer(row, 0);
      const auto type = event_type_of(rows.text(row, 1));
      if (type && scan.take(before, *type, rows.integer(row, 2), rows.time(row, 3))) continue;
      goes_on = false;
      break;
    }
  }
  auto first_kept = scan.first_kept(last_seq + 1);
  if (!first_kept) return std::nullopt;
  TRY(const PostgresRows open,
      connection_.query("SELECT min(first_seq) FROM turns WHERE conversation_id = $1 AND last_seq IS NULL",
                        {conversation_id}));
  if (!open.is_null(0, 0)) first_kept = std::min(*first_kept, open.integer(0, 0));
  TRY(const std::int64_t events, count_trimmed(conversation_id, *first_kept));
  if (events == 0) return std::nullopt;
  return Trim{conversation_id, *first_kept, events};
}

/// The events before `first_kept` that no fork shows.
Result<std::int64_t> PostgresReader::count_trimmed(const std::string& conversation_id, Sequence first_kept) {
  TRY(const PostgresRows forks,
      connection_.query("SELECT f.origin_seq, e.branch FROM conversations f JOIN chat_events e ON e.conversation_id = "
                        "f.origin AND e.seq = f.origin_seq WHERE f.origin = $1",
                        {conversation_id}));
  std::vector<std::int64_t> needed_branches, needed_until;
  if (!forks.empty()) {
    TRY(const BranchTree tree, branches(conversation_id));
    for (int row = 0; row < forks.size(); ++row) {
      for (const BranchPart& part : tree.way_to({forks.integer(row, 1), forks.integer(row, 0)})) {
        needed_branches.push_back(part.branch);
        needed_until.push_back(part.last);
      }
    }
  }
  TRY(const PostgresRows count,
      forks.empty() ? connection_.query("SELECT count(*) FROM chat_events WHERE conversation_id = $1 AND seq < $2",
                                        {conversation_id, first_kept})
                    : connection_.query(
                          "SELECT count(*) FROM chat_events e WHERE conversation_id = $1 AND seq < $2 AND NOT EXISTS "
                          "(SELECT 1 FROM unnest($3::bigint[], $4::bigint[]) AS needed(branch, last) "
                          "WHERE needed.branch = e.branch AND e.seq <= needed.last)",
                          {conversation_id, first_kept, std::span<const std::int64_t>(needed_branches),
                           std::span<const std::int64_t>(needed_until)}));
  return count.integer(0, 0);
}

}  // namespace convoke
