#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/event.hpp"
#include "store/conversation_store.hpp"
#include "store/placement.hpp"
#include "store/sqlite_database.hpp"
#include "store/sqlite_ledger_tables.hpp"
#include "store/sqlite_search.hpp"
#include "store/sqlite_store.hpp"
#include "store/write_ahead_log.hpp"

namespace convoke {

/// What one append got.
struct Stored {
  std::int64_t id = 0;
  Placement place;
};

/// Writes to the log's tables, inside a transaction that many calls share. Used by one thread.
///
/// A call that fails with `invalid_input`, `not_found` or `conflict` has changed nothing. After any other failure the
/// transaction is spoilt: `roll_back`, as after a failed `commit`.
class SqliteWriter {
 public:
  /// Opens an existing file, which may be empty, and brings its tables up to date.
  static Result<SqliteWriter> open(const SqliteStoreOptions& options);
  /// The same for a file that no process writes: what one that died left of calls of models is lost.
  static Result<SqliteWriter> open_first(const SqliteStoreOptions& options);

  /// Whether the commits that follow wait until they are on disk. One that does takes along all before it.
  Result<void> wait_for_disk(bool wait);
  Result<void> begin();
  /// When it returns, everything since `begin` is on disk.
  Result<void> commit();
  void roll_back();

  Result<std::vector<Stored>> append(const std::vector<Event>& events);
  Result<void> keep_draft(const Draft& draft);
  Result<void> switch_to(const std::string& conversation_id, Sequence event);
  Result<void> fork(const std::string& conversation_id, Sequence event, const std::string& new_id, WallTime when);
  Result<void> rename(const std::string& conversation_id, const std::string& title);
  Result<void> retitle(const std::string& conversation_id, const std::string& from, const std::string& title);
  Result<void> set_retention(const std::string& conversation_id, const std::optional<Retention>& retention);
  Result<void> set_archived(const std::string& conversation_id, bool archived);
  Result<void> erase_all();

  /// Where an erasure has got to.
  struct Erasure {
    std::string conversation_id;
    Sequence after = 0;
  };
  /// Hides a conversation from everybody. `erase_some` does the rest.
  Result<Erasure> begin_erase(const std::string& conversation_id);
  /// Deletes for a millisecond or two. Nothing when there is no more to do.
  Result<std::optional<Erasure>> erase_some(Erasure erasure);
  /// The account of model calls, written in the same transactions.
  LedgerTables& ledger() { return ledger_; }

  /// How far a trim has got.
  struct Trimmed {
    std::int64_t deleted = 0;
    Sequence up_to = 0;
    bool is_through = false;
  };
  /// Deletes events before `first_kept` for a millisecond or two, but none that a fork shows; goes on from `trimmed`.
  Result<Trimmed> trim_some(const std::string& conversation_id, Sequence first_kept, Trimmed trimmed);
  /// After that: when nothing else is left of the conversation, it goes.
  Result<void> end_trim(const std::string& conversation_id, Sequence first_kept);

  /// There is work that nobody waits for: indexing, or what is left of an erasure.
  bool has_chores() const;
  /// There will be, in a while.
  bool expects_chores() const { return search_.holds_removed(); }
  /// Does a little of it, in a transaction of its own that does not wait for the disk. False: it took longer than that
  /// should, `gives_way` said that others wait, and it is as if it had not begun.
  Result<bool> do_chore(const std::function<bool()>& gives_way);

  /// What commits leave to be done, once nobody waits for them any more. Outside of transactions.
  void tidy() { log_.tidy(database_); }

  /// Writes something of no meaning, to find out whether writing works.
  Result<void> probe();

  /// True while erased text is still in the search index or in the write-ahead log. `scrub` empties both unless a
  /// reader is in its way, or the index is large and `gives_way` says that others wait. Outside of transactions.
  bool needs_scrubbing() const { return needs_scrubbing_; }
  void scrub(const std::function<bool()>& gives_way);

 private:
  /// What appending needs to know of a conversation; as the file will be after `save_conversations`.
  struct Conversation {
    std::int64_t key = 0;  ///< 0: not in the file yet
    LogShape shape;
    Sequence saved_seq = 0;          ///< branches that have not grown beyond this are in the file as they are
    std::size_t saved_branches = 1;  ///< so many rows there are; one branch alone has none
    std::string title;               ///< only kept until it is saved
    bool has_title = false;
    bool title_changed = false;
    bool changed = false;
    WallTime created{};
    WallTime updated{};
    std::int64_t events = 0;
    std::int64_t last_event = 0;
  };

  SqliteWriter(SqliteDatabase database, const SqliteStoreOptions& options)
      : database_(std::move(database)),
        log_(database_, options.path, options.log_pages),
        busy_timeout_(options.busy_timeout) {}
  static Result<SqliteWriter> ready(SqliteDatabase database, const SqliteStoreOptions& options);
  Result<void> prepare();
  Result<Conversation*> conversation(const std::string& id);
  /// `not_found` unless people can see it.
  Result<Conversation*> visible_conversation(const std::string& id);
  Result<void> load_branches(const std::string& id, BranchTree& tree);
  Result<void> save_branches(const std::string& id, const Conversation& conversation);
  LogLookup lookup();
  struct EventToErase {
    std::int64_t id;
    BranchPart place;
  };
  Result<std::vector<BranchPart>> needed_by_forks(const std::string& id);
  Result<std::vector<Sequence>> forks_of(const std::string& id);
  Result<Trimmed> delete_some(const std::string& id, Trimmed reached, Sequence end);
  Result<std::vector<EventToErase>> events_to_erase(const std::string& id, Sequence after, Sequence end);
  Result<void> delete_event(std::int64_t id);
  Result<void> resume_erasures();
  Result<bool> has_free_pages();
  using Chore = std::function<Result<void>()>;
  Result<bool> do_in_background(const Chore& chore, const std::function<bool()>& gives_way);
  Result<void> do_next_chore();
  Result<std::optional<Erasure>> end_erase(const std::string& id);
  Result<void> note_turn(const Event& event, std::int64_t id, Sequence seq);
  Result<void> drop_draft(const Event& event);
  using CacheEntry = std::pair<const std::string, Conversation>;
  void note_event(CacheEntry& entry, const Event& event, const Stored& stored);
  Result<void> save_conversations();
  Result<void> save(const std::string& id, Conversation& conversation);

  SqliteDatabase database_;
  WriteAheadLog log_;
  std::chrono::milliseconds busy_timeout_;
  SqliteStatement begin_, commit_, insert_event_, find_conversation_, insert_conversation_, update_conversation_,
      set_title_, title_, set_retention_, open_turn_, close_turn_, find_branches_, save_branch_, branch_of_, next_on_,
      switch_, fork_, set_archived_, set_erased_, forks_of_, events_to_erase_, erase_turn_, set_events_, erase_event_,
      erase_branches_, erase_conversation_, insert_draft_, drop_draft_, erase_drafts_;
  LedgerTables ledger_;
  std::unordered_map<std::string, Conversation> cache_;
  std::vector<CacheEntry*> changed_;
  SearchIndexer search_;
  std::int64_t newest_event_ = 0;    ///< its id
  std::vector<Erasure> unfinished_;  ///< erasures that the last run of the program did not end
  bool waits_for_disk_ = true;
  bool needs_scrubbing_ = false;
  bool scrub_when_idle_ = false;
  bool may_vacuum_ = false;              ///< the file can give pages back that are free
  std::optional<bool> may_have_drafts_;  ///< unset: not looked yet
};

}  // namespace convoke
