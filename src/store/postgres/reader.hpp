#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/conversation_store.hpp"
#include "store/postgres/connection.hpp"

namespace convoke {

/// Reads the log's tables. Used by one thread at a time. Every call costs what it returns, however long the log is.
class PostgresReader {
 public:
  explicit PostgresReader(PostgresConnection connection) : connection_(std::move(connection)) {}

  Result<std::vector<Event>> path(const std::string& conversation_id, Sequence leaf, int limit);
  Result<std::vector<Event>> after(const std::string& conversation_id, Sequence after, int limit);
  Result<std::vector<RecordedTurn>> turns_of_request(const std::string& request_id);
  /// Those of `node` and of servers that are gone: the others' are being answered.
  Result<std::vector<RecordedTurn>> open_turns(std::int64_t node);
  Result<std::vector<SearchHit>> search(const SearchQuery& query);
  Result<TrimPlan> plan_trims(const RetentionRule& rule, std::int64_t after);
  Result<std::optional<Trim>> plan_trim(const std::string& conversation_id, const RetentionRule& rule);
  Result<ConversationSummary> conversation(const std::string& conversation_id);
  Result<BranchTree> branches(const std::string& conversation_id);
  Result<std::vector<ConversationSummary>> conversations(bool archived, int offset, int limit);
  /// For the other tables of the database.
  PostgresConnection& connection() { return connection_; }

 private:
  Result<void> walk_back(const std::string& conversation_id, Sequence leaf, Sequence end, std::size_t limit,
                         std::vector<Event>& events);
  Result<std::vector<RecordedTurn>> recorded(const PostgresRows& turns);
  Result<std::optional<Trim>> trim_of(const RetentionRule& rule, const std::string& conversation_id, Sequence last_seq);
  Result<std::int64_t> count_trimmed(const std::string& conversation_id, Sequence first_kept);

  PostgresConnection connection_;
};

/// The readers of one database, lent to one caller each. One is connected when none is free and is not kept after it
/// failed.
class PostgresReaders {
 public:
  /// `timeout`: for every answer. `patience`: how long a read tries to reach a server that went away.
  PostgresReaders(Secret url, std::chrono::milliseconds timeout, std::chrono::milliseconds patience)
      : url_(std::move(url)), timeout_(timeout), patience_(patience) {}

  /// What `query` reads with a reader of its own; once more with another if the server went away meanwhile. Blocks;
  /// callable from any thread.
  template <class T>
  Result<T> read(const std::function<Result<T>(PostgresReader&)>& query) {
    for (const Deadline give_up = SteadyClock::now() + patience();;) {
      auto reader = take();
      if (reader) {
        Result<T> result = query(*reader);
        const bool is_over = !reader->connection().is_broken();
        give_back(*std::move(reader));
        if (is_over || SteadyClock::now() > give_up) return result;
      } else if (SteadyClock::now() > give_up) {
        return fail(std::move(reader).error());
      }
      std::this_thread::sleep_for(between_tries);
    }
  }

 private:
  static constexpr std::chrono::milliseconds between_tries{50};

  Result<PostgresReader> take();
  void give_back(PostgresReader reader);
  /// None where the server was out of reach already.
  std::chrono::milliseconds patience() const { return is_away_ ? std::chrono::milliseconds(0) : patience_; }

  const Secret url_;
  const std::chrono::milliseconds timeout_;
  const std::chrono::milliseconds patience_;
  std::atomic<bool> is_away_ = false;
  std::mutex mutex_;
  std::vector<PostgresReader> free_;
};

}  // namespace convoke
