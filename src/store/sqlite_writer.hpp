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

namespace convoke {

/// What one append got.
struct Stored {
  std::int64_t id = 0;
  Placement place;
};

/// Writes to the log's tables, inside a transaction that many calls share. Used by one thread.
///
/// A call that fails with `invalid_input` or `not_found` has changed nothing. After any other failure the transaction
/// is spoilt: `roll_back`, as after a failed `commit`.
class SqliteWriter {
 public:
  /// Opens an existing file, which may be empty, and brings its tables up to date.
  static Result<SqliteWriter> open(const std::string& path, std::chrono::milliseconds busy_timeout);
  /// The same for a file that no process writes: what one that died left of calls of models is lost.
  static Result<SqliteWriter> open_first(const std::string& path, std::chrono::milliseconds busy_timeout);

  Result<void> begin();
  /// When it returns, everything since `begin` is on disk.
  Result<void> commit();
  void roll_back();

  Result<std::vector<Stored>> append(const std::vector<Event>& events);
  Result<void> keep_draft(const Draft& draft);
  Result<void> rename(const std::string& conversation_id, const std::string& title);
  Result<void> erase(const std::string& conversation_id);
  Result<void> erase_all();

  /// The account of model calls, written in the same transactions.
  LedgerTables& ledger() { return ledger_; }

  /// Writes something of no meaning, to find out whether writing works.
  Result<void> probe();

  /// True while erased text is still in the write-ahead log, which `scrub` empties unless a reader is in its way.
  /// Outside of transactions.
  bool needs_scrubbing() const { return needs_scrubbing_; }
  void scrub();

 private:
  /// What appending needs to know of a conversation; as the file will be after `save_conversations`.
  struct Conversation {
    std::int64_t key = 0;  ///< 0: not in the file yet
    std::string title;     ///< only kept until it is saved
    bool has_title = false;
    bool title_changed = false;
    bool changed = false;
    WallTime created{};
    WallTime updated{};
    std::int64_t events = 0;
    Sequence last_seq = 0;
    std::int64_t last_event = 0;
  };

  SqliteWriter(SqliteDatabase database, std::chrono::milliseconds busy_timeout)
      : database_(std::move(database)), busy_timeout_(busy_timeout) {}
  static Result<SqliteWriter> ready(SqliteDatabase database, std::chrono::milliseconds busy_timeout);
  Result<void> prepare();
  Result<Conversation*> conversation(const std::string& id);
  Result<void> note_turn(const Event& event, std::int64_t id, Sequence seq);
  Result<void> drop_draft(const Event& event);
  void note_event(Conversation& conversation, const Event& event, const Stored& stored);
  Result<void> save_conversations();
  Result<void> save(const std::string& id, Conversation& conversation);

  SqliteDatabase database_;
  std::chrono::milliseconds busy_timeout_;
  SqliteStatement begin_, commit_, insert_event_, find_conversation_, insert_conversation_, update_conversation_,
      set_title_, rename_, open_turn_, close_turn_, erase_turns_, erase_events_, erase_conversation_, insert_draft_,
      drop_draft_, erase_drafts_;
  LedgerTables ledger_;
  std::unordered_map<std::string, Conversation> cache_;
  std::vector<std::pair<const std::string, Conversation>*> changed_;
  bool needs_scrubbing_ = false;
  std::optional<bool> may_have_drafts_;  ///< unset: not looked yet
};

}  // namespace convoke
