#include "store/sqlite_search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace convoke {
namespace {

constexpr std::chrono::microseconds patience{1000};
constexpr std::int64_t batch = 64;
constexpr std::int64_t pages_per_merge = 8;
constexpr std::int64_t blocks_dropped_at_once = 32;
constexpr auto quiet_before_purge = std::chrono::seconds(2);
constexpr std::size_t most_words = 64;        // that a beginning stands for
constexpr std::size_t longest_beginning = 4;  // characters; see search_beginnings_schema

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

const char* const search_merges_schema = R"sql(
    INSERT INTO search (search, rank) VALUES ('automerge', 0);
    ALTER TABLE search_progress ADD COLUMN holds_removed INTEGER NOT NULL DEFAULT 0;  -- words of deleted events
)sql";

Result<void> SearchIndexer::prepare(SqliteDatabase& database) {
  const std::pair<SqliteStatement*, std::string_view> statements[] = {
      {&next_, "SELECT id, words, place FROM searchable WHERE id > ? ORDER BY id LIMIT ?"},
      {&add_, "INSERT INTO search (rowid, words, place) VALUES (?,?,?)"},
      {&find_, "SELECT words, place FROM searchable WHERE id = ?"},
      {&remove_, "INSERT INTO search (search, rowid, words, place) VALUES ('delete', ?,?,?)"},
      {&save_, "UPDATE search_progress SET last_event = ?"},
      {&note_removal_, "UPDATE search_progress SET holds_removed = ?"},
      {&merge_, "INSERT INTO search (search, rank) VALUES ('merge', ?)"},
  };
  for (const auto& [statement, sql] : statements) {
    TRY(*statement, database.prepare(sql));
  }
  return reload(database);
}

Result<void> SearchIndexer::reload(SqliteDatabase& database) {
  TRY(progress_, database.integer("SELECT last_event FROM search_progress"));
  TRY(const std::int64_t holds_removed, database.integer("SELECT holds_removed FROM search_progress"));
  TRY(const std::int64_t old, database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'search_old'"));
  has_old_index_ = old != 0;
  is_purging_ = false;
  purge_from_.reset();
  if (holds_removed != 0) purge_from_ = SteadyClock::now() + quiet_before_purge;
  may_merge_ = true;
  return {};
}

bool SearchIndexer::has_work(std::int64_t newest_event) const {
  return is_behind(newest_event) || may_merge_ || needs_purge() || has_old_index_;
}

Result<void> SearchIndexer::work(SqliteDatabase& database, std::int64_t newest_event) {
  if (owes_merge_) return merge_some(database);
  if (is_behind(newest_event)) return index_some(database);
  if (needs_purge()) return purge_some(database);
  if (has_old_index_) return drop_some_of_old_index(database);
  return merge_some(database);
}

void SearchIndexer::note_change() { owes_merge_ = may_merge_ = true; }

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
  if (added > 0) note_change();
  return save_progress(is_through ? newest : reached);
}

Result<void> SearchIndexer::remove(std::int64_t event) {
  if (event > progress_) return {};
  SqliteRows rows = find_.query({event});
  TRY(const bool found, rows.next());
  if (!found) return {};
  if (!holds_removed()) CHECK_OK(note_removal_.run({std::int64_t{1}}));
  purge_from_ = SteadyClock::now() + quiet_before_purge;
  note_change();
  return remove_.run({event, rows.text(0), rows.text(1)});
}

Result<void> SearchIndexer::events_were_deleted(SqliteDatabase& database) {
  TRY(const std::int64_t newest, database.integer("SELECT max(id) FROM chat_events"));
  return newest < progress_ ? save_progress(newest) : Result<void>{};
}

Result<void> SearchIndexer::remove_all(SqliteDatabase& database) {
  CHECK_OK(database.execute("INSERT INTO search (search) VALUES ('delete-all')"));
  purge_from_.reset();
  is_purging_ = owes_merge_ = may_merge_ = false;
  CHECK_OK(note_removal_.run({std::int64_t{0}}));
  return save_progress(0);
}

// A merge goes on where the last one ended, and changes nothing once there is nothing left to be done:
// https://sqlite.org/fts5.html#the_merge_command
Result<void> SearchIndexer::merge_some(SqliteDatabase& database) {
  owes_merge_ = false;
  const auto began = SteadyClock::now();
  do {
    const std::int64_t before = database.total_changes();
    CHECK_OK(merge_.run({pages_per_merge}));
    may_merge_ = database.total_changes() - before >= 2;
  } while (may_merge_ && SteadyClock::now() - began < patience);
  if (may_merge_ || !is_purging_) return {};
  is_purging_ = false;
  return purge_from_ ? Result<void>{} : note_removal_.run({std::int64_t{0}});
}

// A negative number of pages makes all segments one merge, which those that follow carry on with.
Result<void> SearchIndexer::purge_some(SqliteDatabase& database) {
  if (!purge_from_) return merge_some(database);
  purge_from_.reset();
  is_purging_ = may_merge_ = true;
  return merge_.run({-pages_per_merge});
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
  // All words of the index, for this connection alone.
  CHECK_OK(database.execute("CREATE VIRTUAL TABLE temp.search_words USING fts5vocab(main, search, instance)"));
  // Of a word that is everywhere only the newest five hundred places are weighed.
  TRY(find_, database.prepare("SELECT rowid FROM (SELECT rowid, relevance(search) AS score FROM search "
                              "WHERE search MATCH ? ORDER BY rowid DESC LIMIT 500) ORDER BY score DESC, rowid DESC"));
  // One look into the index for all of them; the plus keeps SQLite from one for each.
  TRY(snippets_, database.prepare("SELECT rowid, snippet(search, 0, char(2), char(3), '…', 24) FROM search "
                                  "WHERE search MATCH ? AND rowid BETWEEN ? AND ? "
                                  "AND +rowid IN (SELECT value FROM json_each(?))"));
  TRY(next_word_, database.prepare("SELECT term FROM search_words WHERE term >= ? LIMIT 1"));
  return {};
}

std::vector<std::string> SearchFinder::spell_out(const std::string& beginning) {
  if (!cutter_) {
    if (auto cutter = WordCutter::make()) cutter_ = *std::move(cutter);
  }
  std::vector<CutWord> words;
  if (cutter_) words = cutter_->cut(beginning, true);
  if (words.empty() || count_characters(words.back().word) <= longest_beginning) return {};
  std::string before;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) before += words[i].word + ' ';
  std::vector<std::string> phrases = words_with(words.back().word).value_or(std::vector<std::string>{});
  for (std::string& phrase : phrases) phrase.insert(0, before);
  return phrases;
}

// One look into the index for each word, from the one before: all places of all words would be many.
Result<std::vector<std::string>> SearchFinder::words_with(const std::string& beginning) {
  std::vector<std::string> words;
  for (std::string from = beginning; words.size() <= most_words; from = words.back() + '\1') {
    SqliteRows rows = next_word_.query({from});
    TRY(const bool found, rows.next());
    if (!found || !rows.text(0).starts_with(beginning)) return words;
    words.emplace_back(rows.text(0));
  }
  return std::vector<std::string>{};
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
