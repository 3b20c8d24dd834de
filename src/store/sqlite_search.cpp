#include "store/sqlite_search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace convoke {
namespace {

constexpr std::chrono::microseconds patience{1500};
constexpr std::int64_t batch = 64;
constexpr std::int64_t pages_per_merge = 16;
constexpr std::int64_t blocks_dropped_at_once = 32;

}  // namespace

// The words of a message are looked for in its first 16,384 characters: a tool may answer with a whole book.
const char* const search_schema = R"sql(
    CREATE VIEW searchable AS
      SELECT e.id AS id, substr(e.content, 1, 16384) AS words,
             'c' || c.key || ' r' || e.role || ' m' || substr(e.timestamp, 1, 4) || substr(e.timestamp, 6, 2) ||
             ' y' || substr(e.timestamp, 1, 4) AS place
      FROM chat_events e CROSS JOIN conversations c ON c.conversation_id = e.conversation_id
      WHERE e.type IN ('user_message', 'assistant_message', 'tool_result') AND e.content <> '';
    CREATE VIRTUAL TABLE search USING fts5(words, place, content = 'searchable', content_rowid = 'id',
                                           tokenize = 'convoke', prefix = '3');
    CREATE TABLE search_progress (
      only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
      last_event INTEGER NOT NULL  -- id in chat_events; those up to here are indexed
    ) STRICT;
    INSERT INTO search_progress VALUES (1, 0);
)sql";

// A beginning of a length the index does not hold is put together from all the words that begin with it, each time: 40
// ms at a million messages. Everything is indexed anew, in the background.
const char* const search_beginnings_schema = R"sql(
    ALTER TABLE search RENAME TO search_old;
    CREATE VIRTUAL TABLE search USING fts5(words, place, content = 'searchable', content_rowid = 'id',
                                           tokenize = 'convoke', prefix = '1 2 3 4');
    UPDATE search_progress SET last_event = 0;
)sql";

Result<void> SearchIndexer::prepare(SqliteDatabase& database) {
  const std::pair<SqliteStatement*, std::string_view> statements[] = {
      {&next_, "SELECT id, words, place FROM searchable WHERE id > ? ORDER BY id LIMIT ?"},
      {&add_, "INSERT INTO search (rowid, words, place) VALUES (?,?,?)"},
      {&find_, "SELECT words, place FROM searchable WHERE id = ?"},
      {&remove_, "INSERT INTO search (search, rowid, words, place) VALUES ('delete', ?,?,?)"},
      {&save_, "UPDATE search_progress SET last_event = ?"},
      {&merge_, "INSERT INTO search (search, rank) VALUES ('merge', ?)"},
  };
  for (const auto& [statement, sql] : statements) {
    TRY(*statement, database.prepare(sql));
  }
  TRY(const std::int64_t old, database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'search_old'"));
  has_old_index_ = old != 0;
  return reload(database);
}

Result<void> SearchIndexer::reload(SqliteDatabase& database) {
  TRY(progress_, database.integer("SELECT last_event FROM search_progress"));
  return {};
}

Result<void> SearchIndexer::save_progress(std::int64_t progress) {
  progress_ = progress;
  return save_.run({progress});
}

Result<void> SearchIndexer::index_some(SqliteDatabase& database) {
  const auto began = std::chrono::steady_clock::now();
  TRY(const std::int64_t newest, database.integer("SELECT max(id) FROM chat_events"));
  std::int64_t reached = progress_;
  std::int64_t added = 0;
  bool is_through = false;
  SqliteRows rows = next_.query({progress_, batch});
  while (std::chrono::steady_clock::now() - began < patience) {
    TRY(const bool more, rows.next());
    is_through = !more && added < batch;
    if (!more) break;
    reached = rows.integer(0);
    CHECK_OK(add_.run({reached, rows.text(1), rows.text(2)}));
    ++added;
  }
  return save_progress(is_through ? newest : reached);
}

Result<void> SearchIndexer::remove(std::int64_t event) {
  if (event > progress_) return {};
  SqliteRows rows = find_.query({event});
  TRY(const bool found, rows.next());
  if (!found) return {};
  purge_ = Purge::due;
  return remove_.run({event, rows.text(0), rows.text(1)});
}

Result<void> SearchIndexer::events_were_deleted(SqliteDatabase& database) {
  TRY(const std::int64_t newest, database.integer("SELECT max(id) FROM chat_events"));
  return newest < progress_ ? save_progress(newest) : Result<void>{};
}

Result<void> SearchIndexer::remove_all(SqliteDatabase& database) {
  CHECK_OK(database.execute("INSERT INTO search (search) VALUES ('delete-all')"));
  purge_ = Purge::none;
  return save_progress(0);
}

// A negative number of pages makes all segments one merge, which those that follow carry on with until nothing is left
// to be done: https://sqlite.org/fts5.html#the_merge_command
Result<void> SearchIndexer::purge_some(SqliteDatabase& database) {
  const std::int64_t before = database.total_changes();
  CHECK_OK(merge_.run({purge_ == Purge::due ? -pages_per_merge : pages_per_merge}));
  const bool is_through = database.total_changes() - before < 2;
  purge_ = is_through ? Purge::none : Purge::running;
  return {};
}

Result<void> SearchIndexer::drop_some_of_old_index(SqliteDatabase& database) {
  const std::int64_t before = database.total_changes();
  CHECK_OK(database.execute(
      fmt::format("DELETE FROM search_old_data WHERE id IN (SELECT id FROM search_old_data WHERE id > 10 LIMIT {0});"
                  "DELETE FROM search_old_docsize WHERE id IN (SELECT id FROM search_old_docsize LIMIT {0} * 64)",
                  blocks_dropped_at_once)));
  if (database.total_changes() != before) return {};
  has_old_index_ = false;
  return database.execute("DROP TABLE search_old");
}

Result<void> SearchFinder::prepare(SqliteDatabase& database) {
  // Of a word that is everywhere only the newest five hundred places are weighed.
  TRY(find_, database.prepare("SELECT rowid FROM (SELECT rowid, relevance(search) AS score FROM search "
                              "WHERE search MATCH ? ORDER BY rowid DESC LIMIT 500) ORDER BY score DESC, rowid DESC"));
  // One look into the index for all of them; the plus keeps SQLite from one for each.
  TRY(snippets_, database.prepare("SELECT rowid, snippet(search, 0, char(2), char(3), '…', 24) FROM search "
                                  "WHERE search MATCH ? AND rowid BETWEEN ? AND ? "
                                  "AND +rowid IN (SELECT value FROM json_each(?))"));
  return {};
}

Result<std::vector<std::int64_t>> SearchFinder::find(const std::string& match) {
  SqliteRows rows = find_.query({match});
  std::vector<std::int64_t> events;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return events;
    events.push_back(rows.integer(0));
  }
}

Result<Snippets> SearchFinder::snippets(const std::string& match, const std::vector<std::int64_t>& events) {
  Snippets snippets;
  if (events.empty()) return snippets;
  const auto [first, last] = std::ranges::minmax(events);
  const std::string wanted = fmt::format("[{}]", fmt::join(events, ","));
  SqliteRows rows = snippets_.query({match, first, last, wanted});
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return snippets;
    snippets.emplace(rows.integer(0), snippet_parts(rows.text(1)));
  }
}

}  // namespace convoke
