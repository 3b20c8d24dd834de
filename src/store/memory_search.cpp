// Searching what is kept in memory, with the same words and the same order as in a file: an index is made for the one
// question and thrown away. Good for tests and small servers.
#include <map>

#include "store/memory_store.hpp"
#include "store/search_tokenizer.hpp"
#include "store/sqlite_search.hpp"

namespace convoke {
namespace {

constexpr const char* tables = R"sql(
    CREATE TABLE searchable (id INTEGER PRIMARY KEY, words TEXT, place TEXT);
    CREATE VIRTUAL TABLE search USING fts5(words, place, content = 'searchable', content_rowid = 'id',
                                           tokenize = 'convoke', prefix = '3');
)sql";

bool is_searched(const Event& event) {
  return event.type == EventType::user_message || event.type == EventType::assistant_message ||
         event.type == EventType::tool_result;
}

std::string words_of(const Event& event) {
  if (event.type != EventType::tool_result || event.message.parts.empty()) return event.message.text();
  const ToolResult* result = std::get_if<ToolResult>(&event.message.parts.front());
  return result ? result->text : "";
}

}  // namespace

Task<Result<std::vector<SearchHit>>> MemoryStore::search(SearchQuery query) {
  const std::scoped_lock lock(mutex_);
  CO_TRY(SqliteDatabase database, SqliteDatabase::open(":memory:", {}));
  CO_CHECK(teach_search(database));
  CO_CHECK(database.execute(tables));
  CO_TRY(SqliteStatement keep, database.prepare("INSERT INTO searchable VALUES (?,?,?)"));
  CO_TRY(SqliteStatement index, database.prepare("INSERT INTO search (rowid, words, place) VALUES (?,?,?)"));
  std::map<std::int64_t, std::pair<const Event*, const Conversation*>> events;
  std::optional<std::int64_t> key = query.conversation_id ? std::optional(-1) : std::nullopt;
  std::int64_t conversations = 0;
  for (const auto& [id, conversation] : conversations_) {
    ++conversations;
    if (conversation.shape.erased) continue;
    if (id == query.conversation_id) key = conversations;
    for (const auto& [seq, event] : conversation.events) {
      const std::string words = is_searched(event) ? words_of(event) : "";
      if (words.empty()) continue;
      const std::string place = place_of_event(conversations, event.message.role, to_iso8601(event.timestamp));
      CO_CHECK(keep.run({event.id, words, place}));
      CO_CHECK(index.run({event.id, words, place}));
      events[event.id] = {&event, &conversation};
    }
  }
  std::vector<SearchHit> hits;
  if (key == -1) co_return hits;
  CO_TRY(const std::string match, match_expression(query, key));
  SearchFinder finder;
  CO_CHECK(finder.prepare(database));
  CO_TRY(const std::vector<std::int64_t> found, finder.find(match));
  int to_skip = query.offset;
  for (const std::int64_t id : found) {
    const auto& [event, conversation] = events.at(id);
    if ((query.from && event->timestamp < *query.from) || (query.until && event->timestamp >= *query.until)) continue;
    if (to_skip-- > 0) continue;
    if (std::ssize(hits) >= query.limit) break;
    CO_TRY(Snippets snippets, finder.snippets(match, {id}));
    hits.push_back({event->conversation_id, conversation->title, event->seq, event->timestamp, event->message.role,
                    std::move(snippets[id])});
  }
  co_return hits;
}

}  // namespace convoke
