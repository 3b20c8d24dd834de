#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "store/conversation_store.hpp"
#include "store/ledger.hpp"

namespace convoke {

struct PostgresStoreOptions {
  /// postgresql://user:password@host:port/database?sslmode=require and so on, as libpq reads it. The session must be
  /// our own: no pooler that lends it to others between transactions.
  Secret url{};
  /// For every answer of the database; a statement that takes longer is broken off there.
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  /// How long calls wait for a database that has just gone away.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  /// Writes that may wait for a commit; the next one is refused.
  int max_waiting = 10'000;
  /// Events that one transaction holds before it is committed, if that many wait.
  int max_batch_events = 512;
  /// How long work that nobody waits for lies before it causes a commit of its own.
  std::chrono::milliseconds along_patience{50};
  /// Threads that read. Each has a connection of its own.
  int readers = 4;
};

/// Keeps conversations in a PostgreSQL database (13 or newer), which several servers may share. One thread writes and
/// shares each commit among all who wait; a few threads read.
class PostgresStore final : public ConversationStore {
 public:
  /// Connects, and makes the tables or brings them up to date. Blocks for some milliseconds. `conflict` if the database
  /// belongs to a newer convoke or another program; `unavailable` if it is out of reach; `invalid_input` if the URL is
  /// none. No message holds the password.
  static Result<std::unique_ptr<PostgresStore>> open(PostgresStoreOptions options, Log log);
  ~PostgresStore() override;

  /// The account of model calls in the same database. The store must outlive it.
  std::unique_ptr<Ledger> ledger();

  Task<Result<std::vector<Event>>> append(std::vector<Event> events) override;
  Task<Result<void>> keep_draft(Draft draft) override;
  Task<Result<std::vector<Event>>> path(std::string conversation_id, Sequence leaf, int limit) override;
  Task<Result<std::vector<Event>>> after(std::string conversation_id, Sequence after, int limit) override;
  Task<Result<BranchTree>> branches(std::string conversation_id) override;
  Task<Result<void>> switch_to(std::string conversation_id, Sequence event) override;
  Task<Result<void>> fork(std::string conversation_id, Sequence event, std::string new_id, WallTime when) override;
  Task<Result<std::vector<RecordedTurn>>> turns_of_request(std::string request_id) override;
  /// Those of this server and of others that are gone; not those that another one is answering.
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
  explicit PostgresStore(std::unique_ptr<Workers> workers);

  std::unique_ptr<Workers> workers_;
};

}  // namespace convoke
