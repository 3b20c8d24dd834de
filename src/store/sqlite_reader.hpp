#pragma once
#include <functional>
#include <mutex>
#include <vector>

#include "store/conversation_store.hpp"
#include "store/sqlite_database.hpp"
#include "store/sqlite_search.hpp"

namespace convoke {

/// Some of the requests that turns were recorded under.
struct RequestPage {
  std::vector<std::string> requests{};
  std::int64_t last_question = 0;
};

/// Reads the log's tables. Used by one thread at a time. Every call costs what it returns, however long the log is.
class SqliteReader {
 public:
  static Result<SqliteReader> open(const std::string& path, std::chrono::milliseconds busy_timeout);

  Result<std::vector<Event>> path(const std::string& conversation_id, Sequence leaf, int limit);
  Result<std::vector<Event>> after(const std::string& conversation_id, Sequence after, int limit);
  Result<std::vector<RecordedTurn>> turns_of_request(const std::string& request_id);
  Result<std::vector<RecordedTurn>> open_turns();
  /// Those of the turns after that with question `after`, in their order; none after the last.
  Result<RequestPage> requests(std::int64_t after);
  Result<std::vector<SearchHit>> search(const SearchQuery& query);
  Result<ConversationSummary> conversation(const std::string& conversation_id);
  Result<std::optional<Trim>> plan_trim(const std::string& conversation_id, const RetentionRule& rule);
  Result<TrimPlan> plan_trims(const RetentionRule& rule, std::int64_t after);
  Result<BranchTree> branches(const std::string& conversation_id);
  Result<std::vector<ConversationSummary>> conversations(bool archived, int offset, int limit);
  /// For the other tables of the file.
  SqliteDatabase& database() { return database_; }

 private:
  explicit SqliteReader(SqliteDatabase database) : database_(std::move(database)) {}
  Result<void> prepare();
  Result<std::vector<RecordedTurn>> recorded(SqliteRows turns);
  Result<std::string> draft_of(const RecordedTurn& turn);
  Result<void> walk_back(const std::string& conversation_id, Sequence leaf, Sequence end, std::size_t limit,
                         std::vector<Event>& events);

  Result<std::optional<Trim>> trim_of(const RetentionRule& rule, const std::string& conversation_id, Sequence last_seq);
  Result<std::int64_t> count_before(const std::string& conversation_id, Sequence first_kept);
  Result<std::int64_t> count_shared_before(const std::string& conversation_id, Sequence first_kept);
  Result<std::optional<SearchHit>> hit(const SearchQuery& query, std::int64_t event);

  SqliteDatabase database_;
  SearchFinder finder_;
  SqliteStatement conversation_, origin_, leaf_, back_, branches_, after_, turns_of_request_, requests_, open_turns_,
      events_of_turn_, draft_, conversations_, summary_, key_, hit_, next_conversation_, next_with_own_, newest_first_,
      open_turn_, count_before_, count_on_branch_, forks_of_;
};

/// The readers of one file, lent to one caller each. A reader is opened when none is free and is not kept after it
/// failed, so that trouble with the file leaves nothing behind.
class SqliteReaders {
 public:
  SqliteReaders(std::string path, std::chrono::milliseconds busy_timeout);

  /// What `query` reads with a reader of its own. Blocks; callable from any thread.
  template <class T>
  Result<T> read(const std::function<Result<T>(SqliteReader&)>& query) {
    TRY(SqliteReader reader, take());
    Result<T> result = query(reader);
    if (result) give_back(std::move(reader));
    return result;
  }

 private:
  Result<SqliteReader> take();
  void give_back(SqliteReader reader);

  const std::string path_;
  const std::chrono::milliseconds busy_timeout_;
  std::mutex mutex_;
  std::vector<SqliteReader> free_;
};

}  // namespace convoke
