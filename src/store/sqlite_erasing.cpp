// How the writer deletes: a little at a time, so that everybody else's work fits in between.
#include <algorithm>

#include "store/refusals.hpp"
#include "store/sqlite_writer.hpp"

namespace convoke {
namespace {

// So long the others wait for one step.
constexpr std::chrono::microseconds patience{1500};
constexpr std::int64_t max_rows = 256;
constexpr std::int64_t min_rows = 16;         // however busy the machine is
constexpr std::int64_t max_free_pages = 256;  // a megabyte that the next events will take

bool is_in(const std::vector<BranchPart>& parts, const BranchPart& event) {
  return std::ranges::any_of(
      parts, [&](const BranchPart& part) { return part.branch == event.branch && event.last <= part.last; });
}

}  // namespace

Result<SqliteWriter::Erasure> SqliteWriter::begin_erase(const std::string& conversation_id) {
  CHECK_OK(save_conversations());
  TRY(Conversation * found, visible_conversation(conversation_id));
  CHECK_OK(set_erased_.run({found->key}));
  CHECK_OK(erase_drafts_.run({conversation_id}));
  found->erased = true;
  return Erasure{conversation_id, 0};
}

/// The parts of a conversation that forks of it show.
Result<std::vector<BranchPart>> SqliteWriter::needed_by_forks(const std::string& id, bool& has_forks) {
  std::vector<Sequence> forks;
  {
    SqliteRows rows = forks_of_.query({id});
    for (;;) {
      TRY(const bool more, rows.next());
      if (!more) break;
      forks.push_back(rows.integer(0));
    }
  }
  has_forks = !forks.empty();
  TRY(const Conversation* known, conversation(id));
  std::vector<BranchPart> needed;
  for (const Sequence fork : forks) {
    TRY(const Sequence branch, branch_of(id, fork));
    if (branch == 0) continue;  // gone before forks kept what they share
    std::ranges::copy(known->shape.tree.way_to({branch, fork}), std::back_inserter(needed));
  }
  return needed;
}

Result<void> SqliteWriter::delete_event(std::int64_t id) {
  CHECK_OK(search_.remove(id));
  CHECK_OK(erase_turn_.run({id}));
  return erase_event_.run({id});
}

Result<std::optional<SqliteWriter::Erasure>> SqliteWriter::erase_some(Erasure erasure) {
  const auto began = std::chrono::steady_clock::now();
  bool has_forks = false;
  TRY(const auto needed, needed_by_forks(erasure.conversation_id, has_forks));
  struct Row {
    std::int64_t id;
    BranchPart place;
  };
  std::vector<Row> rows;
  {
    SqliteRows found = events_to_erase_.query({erasure.conversation_id, erasure.after, max_rows});
    for (;;) {
      TRY(const bool more, found.next());
      if (!more) break;
      rows.push_back({found.integer(0), {found.integer(2), found.integer(1)}});
    }
  }
  for (const Row& row : rows) {
    if (std::chrono::steady_clock::now() - began > patience) break;
    if (!is_in(needed, row.place)) CHECK_OK(delete_event(row.id));
    erasure.after = row.place.last;
  }
  CHECK_OK(search_.events_were_deleted(database_));
  const bool is_through = rows.empty() || (std::ssize(rows) < max_rows && erasure.after == rows.back().place.last);
  if (!is_through) return erasure;
  needs_scrubbing_ = true;
  scrub_when_idle_ = true;  // gives free pages back
  if (has_forks) return std::nullopt;
  return end_erase(erasure.conversation_id);
}

/// Deletes the conversation itself. If it was the last that showed events of an erased one, those go next.
Result<std::optional<SqliteWriter::Erasure>> SqliteWriter::end_erase(const std::string& id) {
  TRY(const Conversation* known, conversation(id));
  const std::string origin = known->origin;
  CHECK_OK(erase_branches_.run({id}));
  CHECK_OK(erase_conversation_.run({id}));
  cache_.erase(id);
  if (origin.empty()) return std::nullopt;
  TRY(const Conversation* source, conversation(origin));
  if (source->key == 0 || !source->erased) return std::nullopt;
  return Erasure{origin, 0};
}

Result<SqliteWriter::Trimmed> SqliteWriter::trim_some(const std::string& conversation_id, Sequence first_kept,
                                                      Trimmed trimmed) {
  const auto began = std::chrono::steady_clock::now();
  CHECK_OK(save_conversations());
  TRY(Conversation * found, visible_conversation(conversation_id));
  bool has_forks = false;
  TRY(const auto needed, needed_by_forks(conversation_id, has_forks));
  struct Row {
    std::int64_t id;
    BranchPart place;
  };
  std::vector<Row> old;
  {
    SqliteRows rows = events_to_erase_.query({conversation_id, trimmed.up_to, max_rows});
    for (;;) {
      TRY(const bool more, rows.next());
      if (!more || rows.integer(1) >= first_kept) break;
      old.push_back({rows.integer(0), {rows.integer(2), rows.integer(1)}});
    }
  }
  std::int64_t deleted = 0;
  std::int64_t looked_at = 0;
  for (const Row& row : old) {
    if (looked_at >= min_rows && std::chrono::steady_clock::now() - began > patience) break;
    ++looked_at;
    trimmed.up_to = row.place.last;
    if (is_in(needed, row.place)) continue;
    CHECK_OK(delete_event(row.id));
    ++deleted;
  }
  trimmed.deleted += deleted;
  trimmed.is_through = old.empty();
  if (deleted == 0) return trimmed;
  found->events -= deleted;
  CHECK_OK(set_events_.run({found->key, found->events}));
  CHECK_OK(search_.events_were_deleted(database_));
  return trimmed;
}

Result<void> SqliteWriter::end_trim(const std::string& conversation_id, Sequence first_kept) {
  scrub_when_idle_ = true;
  TRY(const Conversation* found, visible_conversation(conversation_id));
  if (found->shape.last_seq >= first_kept) return {};
  TRY(const Erasure erasure, begin_erase(conversation_id));
  TRY(auto rest, erase_some(erasure));
  if (rest) unfinished_.push_back(*std::move(rest));
  return {};
}

Result<void> SqliteWriter::erase_all() {
  changed_.clear();
  cache_.clear();
  unfinished_.clear();
  newest_event_ = 0;
  CHECK_OK(search_.remove_all(database_));
  CHECK_OK(
      database_.execute("DELETE FROM drafts; DELETE FROM turns; DELETE FROM branches; DELETE FROM conversations; "
                        "DELETE FROM chat_events"));
  needs_scrubbing_ = true;
  return {};
}

Result<void> SqliteWriter::resume_erasures() {
  TRY(SqliteStatement erased, database_.prepare("SELECT conversation_id FROM conversations WHERE erased"));
  SqliteRows rows = erased.query({});
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return {};
    unfinished_.push_back({std::string(rows.text(0)), 0});
  }
}

// ---- chores
// -----------------------------------------------------------------------------------------------------------

bool SqliteWriter::has_chores() const {
  return !unfinished_.empty() || search_.needs_purge() || search_.is_behind(newest_event_) || search_.has_old_index() ||
         scrub_when_idle_;
}

Result<bool> SqliteWriter::has_free_pages() {
  if (!may_vacuum_) return false;
  TRY(const std::int64_t free, database_.integer("PRAGMA freelist_count"));
  return free > max_free_pages;
}

// What a power loss takes away of it is done again, so it need not wait for the disk; the next commit that does wait
// takes it along.
Result<void> SqliteWriter::do_chore() {
  const bool is_rest =
      unfinished_.empty() && !search_.needs_purge() && !search_.is_behind(newest_event_) && !search_.has_old_index();
  if (is_rest) {
    TRY(const bool goes_on, has_free_pages());
    if (!goes_on) {
      scrub_when_idle_ = false;
      needs_scrubbing_ = true;
      return {};
    }
  }
  CHECK_OK(wait_for_disk(false));
  auto done = do_chore_in_transaction();
  if (!done) roll_back();
  return done;
}

Result<void> SqliteWriter::do_chore_in_transaction() {
  CHECK_OK(begin());
  if (!unfinished_.empty()) {
    TRY(auto rest, erase_some(unfinished_.back()));
    unfinished_.pop_back();
    if (rest) unfinished_.push_back(*std::move(rest));
  } else if (search_.needs_purge()) {
    CHECK_OK(search_.purge_some(database_));
  } else if (search_.has_old_index()) {
    CHECK_OK(search_.drop_some_of_old_index(database_));
    if (!search_.has_old_index()) scrub_when_idle_ = true;
  } else if (search_.is_behind(newest_event_)) {
    CHECK_OK(search_.index_some(database_));
  } else {
    CHECK_OK(database_.execute("PRAGMA incremental_vacuum(64)"));
  }
  return commit();
}

void SqliteWriter::scrub() {
  // A small index is rewritten on the spot, a large one bit by bit while nobody waits.
  constexpr auto patience_with_index = std::chrono::milliseconds(20);
  const auto began = std::chrono::steady_clock::now();
  while (search_.needs_purge()) {
    const bool goes_on = std::chrono::steady_clock::now() - began < patience_with_index && do_chore();
    if (!goes_on) return;
  }
  // Our own readers are gone in no time. Somebody else's may stay for hours, and appends must not wait for that.
  database_.set_busy_timeout(std::chrono::milliseconds(50));
  const auto busy = database_.integer("PRAGMA wal_checkpoint(TRUNCATE)");
  database_.set_busy_timeout(busy_timeout_);
  needs_scrubbing_ = !busy || *busy != 0;
}

}  // namespace convoke
