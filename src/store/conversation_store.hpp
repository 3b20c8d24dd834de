#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "domain/branch_tree.hpp"
#include "store/retention.hpp"
#include "store/search.hpp"

namespace convoke {

/// What the log knows of one turn, oldest event first. A turn begins with a question and ends with the first event of
/// the same request that closes it; a question asked again under its request after that begins another turn.
struct RecordedTurn {
  std::string conversation_id;
  std::string request_id;
  std::vector<Event> events;
  /// The words of a reply that was still coming in; only of a turn that was not closed.
  std::string draft{};
  bool operator==(const RecordedTurn&) const = default;
};

/// More words of the reply that is coming in for an open turn.
struct Draft {
  std::string conversation_id;
  std::string request_id;
  std::string words;
};

/// Numbers for /health and /metrics. The counts are totals since start, except `waiting`.
struct StoreStatus {
  std::string kind;      ///< "sqlite", "memory", "postgresql"
  std::string location;  ///< a path or host, without credentials
  bool healthy = true;
  std::string problem;      ///< why not, in one line
  std::int64_t events = 0;  ///< appended
  std::int64_t commits = 0;
  std::int64_t waiting = 0;   ///< appends not yet durable
  double commit_seconds = 0;  ///< spent committing
};

/// Remembers conversations as append-only logs of events. Callable from any loop; each call resumes on the caller's.
/// The store outlives every call. Every call fails with `unavailable` (message says why: disk full, locked, read-only)
/// without losing what was acknowledged before, and works again when the cause is gone.
class ConversationStore {
 public:
  virtual ~ConversationStore() = default;

  /// Appends `events` to their conversations in order, as one atomic step, and returns them with `id`, `seq` and
  /// `parent` filled in. When it returns a value they are durable: on disk, past power loss. Concurrent calls share
  /// commits. `invalid_input` when one of them cannot be kept (a parent that is not before it, no conversation id), and
  /// then none is; `exhausted` when too many appends wait (the store cannot keep up).
  virtual Task<Result<std::vector<Event>>> append(std::vector<Event> events) = 0;

  /// Keeps the words of a reply that is not complete past a crash; `open_turns` returns them, those of several calls
  /// joined. Durable when it returns; shares commits with `append`. They are dropped when the turn's next assistant
  /// message is appended, which holds them, or the turn is closed. Words for a turn that is not open are not kept.
  virtual Task<Result<void>> keep_draft(Draft draft) = 0;

  /// The last `limit` events on the way to `leaf` (0: the newest of the active branch), each the parent of the next,
  /// oldest first. Costs what it returns, however long the conversation is. Events from before a fork are those of the
  /// conversation it was forked from, which they name. Empty where there is no such conversation or event; `conflict`
  /// where it was deleted and its id stays taken, for what a fork shows of it.
  virtual Task<Result<std::vector<Event>>> path(std::string conversation_id, Sequence leaf, int limit) = 0;

  /// At most `limit` events with `seq` above `after`, of all branches, oldest first; none from before a fork.
  virtual Task<Result<std::vector<Event>>> after(std::string conversation_id, Sequence after, int limit) = 0;

  /// The trunk alone for an unknown conversation.
  virtual Task<Result<BranchTree>> branches(std::string conversation_id) = 0;

  /// Makes the newest branch that leads through `event` the active one. `not_found` if there is no such event.
  virtual Task<Result<void>> switch_to(std::string conversation_id, Sequence event) = 0;

  /// Begins conversation `new_id` with what `conversation_id` has up to `event`, sharing it: nothing is copied, and its
  /// positions go on from there. `not_found` if there is no such event, `conflict` if `new_id` is taken.
  virtual Task<Result<void>> fork(std::string conversation_id, Sequence event, std::string new_id, WallTime when) = 0;

  /// The turns recorded under `request_id`, in any conversation, newest first, at most 8.
  virtual Task<Result<std::vector<RecordedTurn>>> turns_of_request(std::string request_id) = 0;

  /// The turns that have a question and no closing event, oldest first: what a crash cut off.
  virtual Task<Result<std::vector<RecordedTurn>>> open_turns() = 0;

  /// What was said and matches, the best first; only the newest five hundred that match are weighed. What was appended
  /// a moment ago may not be found yet. `invalid_input` if there is no word to look for.
  virtual Task<Result<std::vector<SearchHit>>> search(SearchQuery query) = 0;

  /// Conversations, the one with the newest event first, either those that are archived or the others. `offset` and
  /// `limit` page through them.
  virtual Task<Result<std::vector<ConversationSummary>>> conversations(bool archived, int offset, int limit) = 0;

  /// One conversation as `conversations` lists it. `not_found` if there is none.
  virtual Task<Result<ConversationSummary>> conversation(std::string conversation_id) = 0;

  /// `not_found` if there is no such conversation.
  virtual Task<Result<void>> set_archived(std::string conversation_id, bool archived) = 0;

  /// Gives a conversation a title, kept as `title_of` shortens it (store/title.hpp). `not_found` if there is no such
  /// conversation, `invalid_input` if nothing is left of the title.
  virtual Task<Result<void>> rename(std::string conversation_id, std::string title) = 0;

  /// As `rename`, but only while its title is `from`: `conflict` when somebody has given it another meanwhile.
  virtual Task<Result<void>> retitle(std::string conversation_id, std::string from, std::string title) = 0;

  /// Gives a conversation a retention of its own, or takes it away. `not_found` if there is no such conversation.
  virtual Task<Result<void>> set_retention(std::string conversation_id, std::optional<Retention> retention) = 0;

  /// Deletes a conversation and all its events for good, a few at a time, so that nobody has to wait for it. What
  /// conversations forked from it still show stays until they are deleted, too; until then its id is taken.
  /// `not_found` if there is none.
  virtual Task<Result<void>> erase(std::string conversation_id) = 0;

  /// What has to go by `rule`, or by a conversation's own, from a few conversations: a call takes some milliseconds.
  /// `after` is the `next` of the plan before, 0 at first. Changes nothing; turns that are being answered stay, and so
  /// does what forks show.
  virtual Task<Result<TrimPlan>> plan_trims(RetentionRule rule, std::int64_t after) = 0;

  /// What would go from one conversation by `rule`, whatever its own is; nothing where there is no such conversation.
  virtual Task<Result<std::optional<Trim>>> plan_trim(std::string conversation_id, RetentionRule rule) = 0;

  /// Deletes the events of a conversation before `first_kept` for good, a few at a time, and returns how many; the
  /// conversation too, when all of it goes. What forks of it show stays, in both, for as long as there is such a fork.
  /// `not_found` if there is no such conversation.
  virtual Task<Result<std::int64_t>> trim(std::string conversation_id, Sequence first_kept) = 0;

  /// Deletes everything for good.
  virtual Task<Result<void>> erase_all() = 0;

  /// Never waits.
  virtual StoreStatus status() const = 0;
};

}  // namespace convoke
