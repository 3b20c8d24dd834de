// How the writer deletes: a little at a time, so that everybody else's work fits in between.
#include <algorithm>
#include <limits>

#include "store/refusals.hpp"
#include "store/sqlite_writer.hpp"

namespace convoke {
namespace {

// So long the others wait for one step.
constexpr std::chrono::microseconds patience{1000};
constexpr std::chrono::microseconds end_of_patience{2000};
constexpr std::int64_t rows_at_once = 32;
constexpr std::int64_t min_rows = 4;          // however busy the machine is
constexpr std::int64_t max_free_pages = 256;  // a megabyte that the next events will take

constexpr Sequence end_of_log = std::numeric_limits<Sequence>::max();

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
  found->shape.erased = true;
  return Erasure{conversation_id, 0};
}

/// The parts of a conversation that forks of it show.
Result<std::vector<BranchPart>> SqliteWriter::needed_by_forks(const std::string& id) {
  TRY(const std::vector<Sequence> forks, forks_of(id));
  TRY(const Conversation* known, conversation(id));
  std::vector<BranchPart> needed;
  for (const Sequence fork : forks) {
    TRY(const Sequence branch, branch_of(lookup(), id, fork));
    if (branch == 0) continue;  // gone before forks kept what they share
    std::ranges::copy(known->shape.tree.way_to({branch, fork}), std::back_inserter(needed));
  }
  return needed;
}

/// Where they fork off.
Result<std::vector<Sequence>> SqliteWriter::forks_of(const std::string& id) {
  std::vector<Sequence> forks;
  SqliteRows rows = forks_of_.query({id});
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return forks;
    forks.push_back(rows.integer(0));
  }
}

Result<void> SqliteWriter::delete_event(std::int64_t id) {
  CHECK_OK(search_.remove(id));
  CHECK_OK(erase_turn_.run({id}));
  return erase_event_.run({id});
}

/// Goes on from `reached` up to `end`, and leaves what forks show. Nothing but a merge of the index if that is due.
Result<SqliteWriter::Trimmed> SqliteWriter::delete_some(const std::string& id, Trimmed reached, Sequence end) {
  if (search_.owes_merge()) {
    CHECK_OK(search_.merge_some(database_));
    return reached;
  }
  const auto began = std::chrono::steady_clock::now();
  const std::int64_t before = reached.deleted;
  TRY(const auto needed, needed_by_forks(id));
  for (std::int64_t looked_at = 0; !reached.is_through;) {
    TRY(const auto rows, events_to_erase(id, reached.up_to, end));
    reached.is_through = std::ssize(rows) < rows_at_once;
    for (const EventToErase& row : rows) {
      const bool is_late = std::chrono::steady_clock::now() - began > patience;
      if (++looked_at > min_rows && is_late) {
        reached.is_through = false;
        return reached;
      }
      reached.up_to = row.place.last;
      if (is_in(needed, row.place)) continue;
      CHECK_OK(delete_event(row.id));
      ++reached.deleted;
    }
  }
  if (reached.deleted > before) CHECK_OK(search_.events_were_deleted(database_));
  return reached;
}

Result<std::vector<SqliteWriter::EventToErase>> SqliteWriter::events_to_erase(const std::string& id, Sequence after,
                                                                              Sequence end) {
  std::vector<EventToErase> events;
  SqliteRows rows = events_to_erase_.query({id, after, end, rows_at_once});
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return events;
    events.push_back({rows.integer(0), {rows.integer(2), rows.integer(1)}});
  }
}

Result<std::optional<SqliteWriter::Erasure>> SqliteWriter::erase_some(Erasure erasure) {
  TRY(const Trimmed reached, delete_some(erasure.conversation_id, {.up_to = erasure.after}, end_of_log));
  if (!reached.is_through) return Erasure{erasure.conversation_id, reached.up_to};
  needs_scrubbing_ = true;
  scrub_when_idle_ = true;  // gives free pages back
  TRY(const auto forks, forks_of(erasure.conversation_id));
  if (!forks.empty()) return std::nullopt;
  return end_erase(erasure.conversation_id);
}

/// Deletes the conversation itself. If it was the last that showed events of an erased one, those go next.
Result<std::optional<SqliteWriter::Erasure>> SqliteWriter::end_erase(const std::string& id) {
  TRY(const Conversation* known, conversation(id));
  const std::string origin = known->shape.origin;
  CHECK_OK(erase_branches_.run({id}));
  CHECK_OK(erase_conversation_.run({id}));
  cache_.erase(id);
  if (origin.empty()) return std::nullopt;
  TRY(const Conversation* source, conversation(origin));
  if (source->key == 0 || !source->shape.erased) return std::nullopt;
  return Erasure{origin, 0};
}

Result<SqliteWriter::Trimmed> SqliteWriter::trim_some(const std::string& conversation_id, Sequence first_kept,
                                                      Trimmed trimmed) {
  CHECK_OK(save_conversations());
  TRY(Conversation * found, visible_conversation(conversation_id));
  const std::int64_t before = trimmed.deleted;
  TRY(trimmed, delete_some(conversation_id, trimmed, first_kept));
  if (trimmed.deleted == before) return trimmed;
  found->events -= trimmed.deleted - before;
  CHECK_OK(set_events_.run({found->key, found->events}));
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

// ---- chores ----

bool SqliteWriter::has_chores() const {
  return !unfinished_.empty() || search_.has_work(newest_event_) || (scrub_when_idle_ && !search_.holds_removed());
}

Result<bool> SqliteWriter::has_free_pages() {
  if (!may_vacuum_) return false;
  TRY(const std::int64_t free, database_.integer("PRAGMA freelist_count"));
  return free > max_free_pages;
}

Result<bool> SqliteWriter::do_chore(const std::function<bool()>& gives_way) {
  if (unfinished_.empty() && !search_.has_work(newest_event_)) {
    TRY(const bool goes_on, has_free_pages());
    if (!goes_on) {
      scrub_when_idle_ = false;
      needs_scrubbing_ = true;
      return true;
    }
  }
  return do_in_background([this] { return do_next_chore(); }, gives_way);
}

// What a power loss takes away of it is done again, so it need not wait for the disk; the next commit that does wait
// takes it along.
Result<bool> SqliteWriter::do_in_background(const Chore& chore, const std::function<bool()>& gives_way) {
  CHECK_OK(wait_for_disk(false));
  const std::vector<Erasure> unfinished = unfinished_;
  const auto began = std::chrono::steady_clock::now();
  bool gave_way = false;
  const std::function<bool()> stop = [&] {
    gave_way = std::chrono::steady_clock::now() - began > end_of_patience && gives_way();
    return gave_way;
  };
  database_.stop_when(&stop);
  Result<void> done = begin();
  if (done) done = chore();
  if (done) done = commit();
  database_.stop_when(nullptr);
  if (done) return true;
  roll_back();
  unfinished_ = unfinished;
  if (gave_way) return false;
  return std::unexpected(done.error());
}

Result<void> SqliteWriter::do_next_chore() {
  if (!unfinished_.empty()) {
    TRY(auto rest, erase_some(unfinished_.back()));
    unfinished_.pop_back();
    if (rest) unfinished_.push_back(*std::move(rest));
    return {};
  }
  if (!search_.has_work(newest_event_)) return database_.execute("PRAGMA incremental_vacuum(64)");
  const bool had_old_index = search_.has_old_index();
  CHECK_OK(search_.work(database_, newest_event_));
  if (had_old_index && !search_.has_old_index()) scrub_when_idle_ = true;
  return {};
}

void SqliteWriter::scrub(const std::function<bool()>& gives_way) {
  // A small index is rewritten on the spot, a large one bit by bit while nobody waits.
  constexpr auto patience_with_index = std::chrono::milliseconds(20);
  const auto began = std::chrono::steady_clock::now();
  while (search_.holds_removed()) {
    const auto done = do_in_background([this] { return search_.purge_some(database_); }, gives_way);
    const bool goes_on =
        done && *done && !gives_way() && std::chrono::steady_clock::now() - began < patience_with_index;
    if (!goes_on && search_.holds_removed()) return;
  }
  log_.wait_until_copied();
  // Our own readers are gone in no time. Somebody else's may stay for hours, and appends must not wait for that.
  database_.set_busy_timeout(std::chrono::milliseconds(50));
  const auto busy = database_.integer("PRAGMA wal_checkpoint(TRUNCATE)");
  database_.set_busy_timeout(busy_timeout_);
  needs_scrubbing_ = !busy || *busy != 0;
}

}  // namespace convoke
