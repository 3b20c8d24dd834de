// How the writer deletes: a little at a time, so that everybody else's work fits in between.
#include <algorithm>

#include "store/refusals.hpp"
#include "store/sqlite_writer.hpp"

namespace convoke {
namespace {

// So long the others wait for one step.
constexpr std::chrono::microseconds patience{1500};
constexpr std::int64_t max_rows = 256;

}  // namespace

Result<SqliteWriter::Erasure> SqliteWriter::begin_erase(const std::string& conversation_id) {
  CHECK_OK(save_conversations());
  TRY(Conversation * found, visible_conversation(conversation_id));
  CHECK_OK(set_erased_.run({found->key}));
  CHECK_OK(erase_drafts_.run({conversation_id}));
  found->erased = true;
  return Erasure{conversation_id, 0};
}

/// The parts of an erased conversation that forks of it show.
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
    std::ranges::copy(known->shape.tree.way_to({branch, fork}), std::back_inserter(needed));
  }
  return needed;
}

Result<void> SqliteWriter::delete_event(std::int64_t id) {
  CHECK_OK(erase_turn_.run({id}));
  return erase_event_.run({id});
}

Result<std::optional<SqliteWriter::Erasure>> SqliteWriter::erase_some(Erasure erasure) {
  const auto began = std::chrono::steady_clock::now();
  needs_scrubbing_ = true;
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
    if (std::chrono::steady_clock::now() - began > patience) return erasure;
    const auto is_in = [&](const BranchPart& part) {
      return part.branch == row.place.branch && row.place.last <= part.last;
    };
    if (std::ranges::none_of(needed, is_in)) CHECK_OK(delete_event(row.id));
    erasure.after = row.place.last;
  }
  if (std::ssize(rows) == max_rows) return erasure;
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

Result<void> SqliteWriter::erase_all() {
  changed_.clear();
  cache_.clear();
  CHECK_OK(
      database_.execute("DELETE FROM drafts; DELETE FROM turns; DELETE FROM branches; DELETE FROM conversations; "
                        "DELETE FROM chat_events"));
  needs_scrubbing_ = true;
  return {};
}

}  // namespace convoke
