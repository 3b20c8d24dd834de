#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "store/conversation_store.hpp"
#include "store/ledger.hpp"

namespace convoke {

struct SqliteStoreOptions {
  std::string path = "events.db";
  /// Appends that may wait for the disk; the next one is refused.
  int max_waiting = 10'000;
  /// Events that one transaction holds before it is committed, if that many wait.
  int max_batch_events = 512;
  /// How long work that nobody waits for lies before it causes a commit of its own.
  std::chrono::milliseconds along_patience{50};
  /// Threads that read. Each has a connection of its own.
  int readers = 2;
  /// Pages of the write-ahead log, of 4 KB, after which it is copied back into the file. 16 MB are rarely enough to be
  /// cheap, and often enough to keep the pause short.
  int log_pages = 4000;
  /// How long a call waits for another program's lock on the file.
  std::chrono::milliseconds busy_timeout = std::chrono::seconds(5);
};

/// Keeps conversations in one SQLite file, which other programs may read at any time. One thread writes and shares each
/// commit among all who wait; a few threads read.
class SqliteStore final : public ConversationStore {
 public:
  /// Opens the file or makes it, readable for its owner only. Blocks for a few milliseconds, however large the file.
  /// `conflict` if another process has it, or if it belongs to a newer convoke or another program; `unavailable` if it
  /// is damaged or out of reach.
  static Result<std::unique_ptr<SqliteStore>> open(SqliteStoreOptions options, Log log);
  ~SqliteStore() override;

  /// The account of model calls in the same file. The store must outlive it.
  std::unique_ptr<Ledger> ledger();

  Task<Result<std::vector<Event>>> append(std::vector<Event> events) override;
  Task<Result<void>> keep_draft(Draft draft) override;
  Task<Result<std::vector<Event>>> path(std::string conversation_id, Sequence leaf, int limit) override;
  Task<Result<std::vector<Event>>> after(std::string conversation_id, Sequence after, int limit) override;
  Task<Result<BranchTree>> branches(std::string conversation_id) override;
  Task<Result<void>> switch_to(std::string conversation_id, Sequence event) override;
  Task<Result<void>> fork(std::string conversation_id, Sequence event, std::string new_id, WallTime when) override;
  Task<Result<std::vector<RecordedTurn>>> turns_of_request(std::string request_id) override;
  Task<Result<std::vector<RecordedTurn>>> open_turns() override;
  Task<Result<std::vector<SearchHit>>> search(SearchQuery query) override;
  Task<Result<std::vector<ConversationSummary>>> conversations(bool archived, int offset, int limit) override;
  Task<Result<ConversationSummary>> conversation(std::string conversation_id) override;
  Task<Result<void>> set_archived(std::string conversation_id, bool archived) override;
  Task<Result<void>> rename(std::string conversation_id, std::string title) override;
  Task<Result<void>> retitle(std::string conversation_id, std::string from, std::string title) override;
  Task<Result<void>> set_retention(std::string conversation_id, std::optional<Retention> retention) override;
  Task<Result<void>> erase(std::string conversation_id) override;
  Task<Result<TrimPlan>> plan_trims(RetentionRule rule, std::int64_t after) override;
  Task<Result<std::optional<Trim>>> plan_trim(std::string conversation_id, RetentionRule rule) override;
  Task<Result<std::int64_t>> trim(std::string conversation_id, Sequence first_kept) override;
  Task<Result<void>> erase_all() override;
  StoreStatus status() const override;

 private:
  struct Workers;
  explicit SqliteStore(std::unique_ptr<Workers> workers);

  std::unique_ptr<Workers> workers_;
};

}  // namespace convoke
