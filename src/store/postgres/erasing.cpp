// How the writer deletes: a little at a time, so that everybody else's work fits in between.
#include <algorithm>
#include <limits>

#include "store/postgres/writer.hpp"
#include "store/refusals.hpp"

namespace convoke {
namespace {

constexpr std::int64_t rows_per_step = 256;
constexpr Sequence end_of_log = std::numeric_limits<Sequence>::max();

}  // namespace

Result<PostgresWriter::Erasure> PostgresWriter::begin_erase(const std::string& conversation_id) {
  TRY(Conversation * found, visible_conversation(conversation_id));
  if (found->changed) save(conversation_id, *found);
  connection_.send("UPDATE conversations SET erased = true, title = '' WHERE conversation_id = $1", {conversation_id});
  connection_.send("DELETE FROM drafts WHERE conversation_id = $1", {conversation_id});
  found->shape.erased = true;
  return Erasure{conversation_id, 0};
}

/// The parts of an erased conversation that forks of it show.
Result<std::vector<BranchPart>> PostgresWriter::needed_by_forks(const std::string& id, bool& has_forks) {
  TRY(const PostgresRows forks, connection_.query("SELECT origin_seq FROM conversations WHERE origin = $1", {id}));
  has_forks = !forks.empty();
  std::vector<BranchPart> needed;
  for (int row = 0; row < forks.size(); ++row) {
    TRY(const Sequence branch, branch_of(lookup(), id, forks.integer(row, 0)));
    TRY(const Conversation* known, conversation(id));
    std::ranges::copy(known->shape.tree.way_to({branch, forks.integer(row, 0)}), std::back_inserter(needed));
  }
  return needed;
}

/// Deletes of the next few hundred events before `end` those that no fork shows.
Result<PostgresWriter::Deleted> PostgresWriter::delete_some(const std::string& id, Sequence after, Sequence end) {
  Deleted deleted{.after = after};
  TRY(const auto needed, needed_by_forks(id, deleted.has_forks));
  TRY(const PostgresRows rows,
      connection_.query("SELECT id, seq, branch FROM chat_events WHERE conversation_id = $1 AND seq > $2 AND seq < $3 "
                        "ORDER BY seq LIMIT $4",
                        {id, after, end, rows_per_step}));
  std::vector<std::int64_t> gone;
  for (int row = 0; row < rows.size(); ++row) {
    deleted.after = rows.integer(row, 1);
    const Sequence branch = rows.integer(row, 2);
    const auto holds = [&](const BranchPart& part) { return part.branch == branch && deleted.after <= part.last; };
    if (std::ranges::none_of(needed, holds)) gone.push_back(rows.integer(row, 0));
  }
  deleted.events = std::ssize(gone);
  deleted.is_through = rows.size() < rows_per_step;
  const std::span<const std::int64_t> ids(gone);
  connection_.send("DELETE FROM turns WHERE question = ANY($1)", {ids});
  connection_.send("DELETE FROM chat_events WHERE id = ANY($1)", {ids});
  return deleted;
}

Result<std::optional<PostgresWriter::Erasure>> PostgresWriter::erase_some(Erasure erasure) {
  TRY(const Conversation* known, conversation(erasure.conversation_id));
  if (!known->shape.erased) return std::nullopt;  // another server was faster
  TRY(const Deleted deleted, delete_some(erasure.conversation_id, erasure.after, end_of_log));
  if (!deleted.is_through) return Erasure{erasure.conversation_id, deleted.after};
  if (deleted.has_forks) return std::nullopt;
  return end_erase(erasure.conversation_id);
}

/// Deletes the conversation itself. If it was the last that showed events of an erased one, those go next.
Result<std::optional<PostgresWriter::Erasure>> PostgresWriter::end_erase(const std::string& id) {
  TRY(const Conversation* known, conversation(id));
  const std::string origin = known->shape.origin;
  connection_.send("DELETE FROM branches WHERE conversation_id = $1", {id});
  connection_.send("DELETE FROM conversations WHERE conversation_id = $1", {id});
  known_[id] = Conversation{};
  if (origin.empty()) return std::nullopt;
  TRY(const Conversation* source, conversation(origin));
  if (!source->exists || !source->shape.erased) return std::nullopt;
  return Erasure{origin, 0};
}

Result<std::vector<PostgresWriter::Erasure>> PostgresWriter::unfinished_erasures() {
  TRY(const PostgresRows rows, connection_.query("SELECT conversation_id FROM conversations WHERE erased"));
  std::vector<Erasure> unfinished;
  for (int row = 0; row < rows.size(); ++row) unfinished.push_back({rows.text(row, 0), 0});
  return unfinished;
}

Result<PostgresWriter::Deleted> PostgresWriter::trim_some(const std::string& conversation_id, Sequence after,
                                                          Sequence first_kept) {
  TRY(Conversation * found, visible_conversation(conversation_id));
  if (found->changed) save(conversation_id, *found);
  TRY(const Deleted deleted, delete_some(conversation_id, after, first_kept));
  found->events -= deleted.events;
  connection_.send("UPDATE conversations SET events = $2 WHERE conversation_id = $1", {conversation_id, found->events});
  return deleted;
}

Result<std::optional<PostgresWriter::Erasure>> PostgresWriter::end_trim(const std::string& conversation_id,
                                                                        Sequence first_kept) {
  TRY(const Conversation* found, visible_conversation(conversation_id));
  if (found->shape.last_seq >= first_kept) return std::nullopt;
  TRY(const Erasure erasure, begin_erase(conversation_id));
  return erase_some(erasure);
}

Result<void> PostgresWriter::erase_all() {
  known_.clear();
  // Truncating gives the disk back at once, with every word on it.
  connection_.send("TRUNCATE drafts, turns, branches, conversations, chat_events");
  return {};
}

}  // namespace convoke
