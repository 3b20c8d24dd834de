#include "store/sqlite_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "store/sqlite_event_row.hpp"

namespace convoke {
namespace {

constexpr std::int64_t max_turns_of_request = 8;
constexpr Sequence end_of_log = std::numeric_limits<Sequence>::max();

Result<std::vector<Event>> read_events(SqliteRows rows) {
  std::vector<Event> events;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return events;
    TRY(Event event, read_event(rows));
    events.push_back(std::move(event));
  }
}

// SQLite takes a negative limit for none.
std::int64_t at_least_zero(int limit) { return std::max(limit, 0); }

}  // namespace

Result<SqliteReader> SqliteReader::open(const std::string& path, std::chrono::milliseconds busy_timeout) {
  TRY(SqliteDatabase database, SqliteDatabase::open(path, busy_timeout));
  CHECK_OK(database.execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY"));
  SqliteReader reader(std::move(database));
  CHECK_OK(reader.prepare());
  return reader;
}

Result<void> SqliteReader::prepare() {
  const auto events = [](std::string_view condition) {
    return fmt::format("SELECT {} FROM chat_events WHERE conversation_id = ?1 AND {}", event_columns, condition);
  };
  const std::string turns = "SELECT conversation_id, request_id, first_seq, last_seq FROM turns ";
  const std::pair<SqliteStatement*, std::string> statements[] = {
      {&latest_, events("seq < ?2 ORDER BY seq DESC LIMIT ?3")},
      {&after_, events("seq > ?2 ORDER BY seq LIMIT ?3")},
      {&events_of_turn_, events("seq BETWEEN ?2 AND ?3 AND request_id = ?4 ORDER BY seq")},
      {&turns_of_request_, turns + "WHERE request_id = ?1 ORDER BY question DESC LIMIT ?2"},
      // The index holds open turns only; sorting those few is all that is left to do.
      {&open_turns_, turns + "INDEXED BY turns_open WHERE last_seq IS NULL ORDER BY question"},
      {&draft_, "SELECT words FROM drafts WHERE conversation_id = ?1 AND request_id = ?2 ORDER BY id"},
      {&conversations_,
       "SELECT conversation_id, title, created, updated, events FROM conversations "
       "ORDER BY last_event DESC LIMIT ?2 OFFSET ?1"},
  };
  for (const auto& [statement, sql] : statements) {
    TRY(*statement, database_.prepare(sql));
  }
  return {};
}

Result<std::vector<Event>> SqliteReader::latest(const std::string& conversation_id, Sequence before, int limit) {
  const Sequence end = before > 0 ? before : end_of_log;
  TRY(auto events, read_events(latest_.query({conversation_id, end, at_least_zero(limit)})));
  std::ranges::reverse(events);
  return events;
}

Result<std::vector<Event>> SqliteReader::after(const std::string& conversation_id, Sequence after, int limit) {
  return read_events(after_.query({conversation_id, after, at_least_zero(limit)}));
}

Result<std::vector<RecordedTurn>> SqliteReader::turns_of_request(const std::string& request_id) {
  return recorded(turns_of_request_.query({request_id, max_turns_of_request}));
}

Result<std::vector<RecordedTurn>> SqliteReader::open_turns() { return recorded(open_turns_.query({})); }

// `turns` is being read throughout, which keeps both queries on one state of the file.
Result<std::vector<RecordedTurn>> SqliteReader::recorded(SqliteRows turns) {
  std::vector<RecordedTurn> found;
  for (;;) {
    TRY(const bool more, turns.next());
    if (!more) return found;
    RecordedTurn turn{std::string(turns.text(0)), std::string(turns.text(1)), {}};
    const Sequence last = turns.is_null(3) ? end_of_log : turns.integer(3);
    TRY(turn.events,
        read_events(events_of_turn_.query({turn.conversation_id, turns.integer(2), last, turn.request_id})));
    if (turns.is_null(3)) {
      TRY(turn.draft, draft_of(turn));
    }
    found.push_back(std::move(turn));
  }
}

Result<std::string> SqliteReader::draft_of(const RecordedTurn& turn) {
  SqliteRows rows = draft_.query({turn.conversation_id, turn.request_id});
  std::string words;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return words;
    words += rows.text(0);
  }
}

Result<std::vector<ConversationSummary>> SqliteReader::conversations(int offset, int limit) {
  SqliteRows rows = conversations_.query({at_least_zero(offset), at_least_zero(limit)});
  std::vector<ConversationSummary> page;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return page;
    TRY(const WallTime created, from_iso8601(rows.text(2)));
    TRY(const WallTime updated, from_iso8601(rows.text(3)));
    page.push_back({std::string(rows.text(0)), std::string(rows.text(1)), created, updated, rows.integer(4)});
  }
}

SqliteReaders::SqliteReaders(std::string path, std::chrono::milliseconds busy_timeout)
    : path_(std::move(path)), busy_timeout_(busy_timeout) {}

Result<SqliteReader> SqliteReaders::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!free_.empty()) {
      SqliteReader reader = std::move(free_.back());
      free_.pop_back();
      return reader;
    }
  }
  return SqliteReader::open(path_, busy_timeout_);
}

void SqliteReaders::give_back(SqliteReader reader) {
  const std::scoped_lock lock(mutex_);
  free_.push_back(std::move(reader));
}

}  // namespace convoke
