#include "store/sqlite_writer.hpp"

#include <fmt/format.h>

#include "store/sqlite_event_row.hpp"
#include "store/sqlite_schema.hpp"
#include "store/title.hpp"

namespace convoke {
namespace {

// Busy conversations are looked up once; beyond this many the memory starts afresh (about 300 bytes each).
constexpr std::size_t max_cached_conversations = 20'000;

// WAL with FULL: one fdatasync per commit, and past power loss nothing acknowledged is missing. The log is copied back
// into the file every 4000 pages (16 MB): rarely enough to be cheap, often enough to keep the pause short.
constexpr const char* settings = R"sql(
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
)sql";

std::unexpected<Error> no_conversation(const std::string& id) {
  return fail(Errc::not_found, "no conversation '" + id + "'");
}

}  // namespace

Result<SqliteWriter> SqliteWriter::open(const std::string& path, std::chrono::milliseconds busy_timeout) {
  TRY(SqliteDatabase database, SqliteDatabase::open(path, busy_timeout));
  CHECK_OK(bring_up_to_date(database, path));
  return ready(std::move(database), busy_timeout);
}

Result<SqliteWriter> SqliteWriter::open_first(const std::string& path, std::chrono::milliseconds busy_timeout) {
  TRY(SqliteDatabase database, SqliteDatabase::open(path, busy_timeout));
  CHECK_OK(bring_up_to_date(database, path));
  CHECK_OK(settle_lost_calls(database));
  return ready(std::move(database), busy_timeout);
}

Result<SqliteWriter> SqliteWriter::ready(SqliteDatabase database, std::chrono::milliseconds busy_timeout) {
  CHECK_OK(database.execute(settings));
  SqliteWriter writer(std::move(database), busy_timeout);
  CHECK_OK(writer.prepare());
  return writer;
}

Result<void> SqliteWriter::prepare() {
  const std::pair<SqliteStatement*, std::string> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&insert_event_,
       fmt::format("INSERT INTO chat_events ({}) VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", event_columns)},
      {&find_conversation_,
       "SELECT key, title <> '', events, last_seq, last_event FROM conversations WHERE conversation_id = ?"},
      {&insert_conversation_,
       "INSERT INTO conversations (conversation_id, title, created, updated, events, last_seq, last_event) "
       "VALUES (?,?,?,?,?,?,?)"},
      {&update_conversation_,
       "UPDATE conversations SET updated = ?2, events = ?3, last_seq = ?4, last_event = ?5 WHERE key = ?1"},
      {&set_title_, "UPDATE conversations SET title = ?2 WHERE key = ?1"},
      {&rename_, "UPDATE conversations SET title = ?2 WHERE conversation_id = ?1"},
      {&open_turn_,
       "INSERT INTO turns (question, conversation_id, request_id, first_seq) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS "
       "(SELECT 1 FROM turns WHERE conversation_id = ?2 AND request_id = ?3 AND last_seq IS NULL)"},
      {&close_turn_,
       "UPDATE turns SET last_seq = ?3 WHERE conversation_id = ?1 AND request_id = ?2 AND last_seq IS NULL"},
      {&erase_turns_, "DELETE FROM turns WHERE question IN (SELECT id FROM chat_events WHERE conversation_id = ?)"},
      {&erase_events_, "DELETE FROM chat_events WHERE conversation_id = ?"},
      {&erase_conversation_, "DELETE FROM conversations WHERE conversation_id = ?"},
      {&insert_draft_,
       "INSERT INTO drafts (conversation_id, request_id, words) SELECT ?1, ?2, ?3 WHERE EXISTS "
       "(SELECT 1 FROM turns WHERE conversation_id = ?1 AND request_id = ?2 AND last_seq IS NULL)"},
      {&drop_draft_, "DELETE FROM drafts WHERE conversation_id = ? AND request_id = ?"},
      {&erase_drafts_, "DELETE FROM drafts WHERE conversation_id = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    TRY(*statement, database_.prepare(sql));
  }
  TRY(ledger_, LedgerTables::prepare(database_));
  return {};
}

Result<void> SqliteWriter::begin() { return begin_.run({}); }

Result<void> SqliteWriter::commit() {
  CHECK_OK(save_conversations());
  return commit_.run({});
}

void SqliteWriter::roll_back() {
  database_.roll_back();
  changed_.clear();
  cache_.clear();
}

Result<SqliteWriter::Conversation*> SqliteWriter::conversation(const std::string& id) {
  if (const auto known = cache_.find(id); known != cache_.end()) return &known->second;
  SqliteRows rows = find_conversation_.query({id});
  TRY(const bool found, rows.next());
  Conversation conversation;
  if (found) {
    conversation.key = rows.integer(0);
    conversation.has_title = rows.integer(1) != 0;
    conversation.events = rows.integer(2);
    conversation.last_seq = rows.integer(3);
    conversation.last_event = rows.integer(4);
  }
  return &cache_.emplace(id, std::move(conversation)).first->second;
}

Result<std::vector<Stored>> SqliteWriter::append(const std::vector<Event>& events) {
  TRY(const auto places, place(events, [&](const std::string& id) -> Result<Sequence> {
        TRY(const Conversation* known, conversation(id));
        return known->last_seq;
      }));
  std::vector<Stored> stored;
  stored.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    CHECK_OK(insert_event(insert_event_, event, places[i].seq, places[i].parent));
    stored.push_back({database_.last_insert_id(), places[i]});
    CHECK_OK(note_turn(event, stored.back().id, places[i].seq));
    const auto entry = cache_.find(event.conversation_id);
    if (!entry->second.changed) changed_.push_back(&*entry);
    note_event(entry->second, event, stored.back());
  }
  return stored;
}

Result<void> SqliteWriter::note_turn(const Event& event, std::int64_t id, Sequence seq) {
  if (event.type == EventType::user_message) {
    return open_turn_.run({id, event.conversation_id, event.request_id, seq});
  }
  const bool holds_draft = event.type == EventType::assistant_message || closes_turn(event.type);
  if (holds_draft) CHECK_OK(drop_draft(event));
  if (closes_turn(event.type)) return close_turn_.run({event.conversation_id, event.request_id, seq});
  return {};
}

void SqliteWriter::note_event(Conversation& conversation, const Event& event, const Stored& stored) {
  if (event.type == EventType::user_message && !conversation.has_title) {
    conversation.title = title_of(event.message.text());
    conversation.has_title = conversation.title_changed = !conversation.title.empty();
  }
  if (conversation.last_seq == 0) conversation.created = event.timestamp;
  conversation.changed = true;
  conversation.updated = event.timestamp;
  conversation.events += 1;
  conversation.last_seq = stored.place.seq;
  conversation.last_event = stored.id;
}

Result<void> SqliteWriter::save_conversations() {
  for (auto* entry : changed_) CHECK_OK(save(entry->first, entry->second));
  changed_.clear();
  if (cache_.size() > max_cached_conversations) cache_.clear();
  return {};
}

Result<void> SqliteWriter::save(const std::string& id, Conversation& conversation) {
  const Conversation& c = conversation;
  const std::string updated = to_iso8601(c.updated);
  if (c.key == 0) {
    const std::string created = to_iso8601(c.created);
    CHECK_OK(insert_conversation_.run({id, c.title, created, updated, c.events, c.last_seq, c.last_event}));
    conversation.key = database_.last_insert_id();
  } else {
    CHECK_OK(update_conversation_.run({c.key, updated, c.events, c.last_seq, c.last_event}));
    if (c.title_changed) CHECK_OK(set_title_.run({c.key, c.title}));
  }
  conversation.changed = conversation.title_changed = false;
  conversation.title.clear();
  return {};
}

/// Most answers are never drafts, which spares them a look into the table.
Result<void> SqliteWriter::drop_draft(const Event& event) {
  if (!may_have_drafts_) {
    TRY(const std::int64_t left_by_a_crash, database_.integer("SELECT EXISTS (SELECT 1 FROM drafts)"));
    may_have_drafts_ = left_by_a_crash != 0;
  }
  if (!*may_have_drafts_) return {};
  return drop_draft_.run({event.conversation_id, event.request_id});
}

Result<void> SqliteWriter::keep_draft(const Draft& draft) {
  may_have_drafts_ = true;
  return insert_draft_.run({draft.conversation_id, draft.request_id, draft.words});
}

Result<void> SqliteWriter::rename(const std::string& conversation_id, const std::string& title) {
  const std::string shown = title_of(title);
  if (shown.empty()) return fail(Errc::invalid_input, "a title cannot be empty");
  CHECK_OK(save_conversations());
  CHECK_OK(rename_.run({conversation_id, shown}));
  if (database_.changes() == 0) return no_conversation(conversation_id);
  cache_.erase(conversation_id);
  return {};
}

Result<void> SqliteWriter::erase(const std::string& conversation_id) {
  CHECK_OK(save_conversations());
  cache_.erase(conversation_id);
  CHECK_OK(erase_conversation_.run({conversation_id}));
  if (database_.changes() == 0) return no_conversation(conversation_id);
  CHECK_OK(erase_turns_.run({conversation_id}));
  CHECK_OK(erase_drafts_.run({conversation_id}));
  CHECK_OK(erase_events_.run({conversation_id}));
  needs_scrubbing_ = true;
  return {};
}

Result<void> SqliteWriter::erase_all() {
  changed_.clear();
  cache_.clear();
  CHECK_OK(
      database_.execute("DELETE FROM drafts; DELETE FROM turns; DELETE FROM conversations; DELETE FROM chat_events"));
  needs_scrubbing_ = true;
  return {};
}

Result<void> SqliteWriter::probe() {
  CHECK_OK(begin());
  CHECK_OK(database_.execute(fmt::format("PRAGMA user_version = {}", newest_schema())));
  return commit();
}

void SqliteWriter::scrub() {
  // Our own readers are gone in no time. Somebody else's may stay for hours, and appends must not wait for that.
  database_.set_busy_timeout(std::chrono::milliseconds(50));
  const auto busy = database_.integer("PRAGMA wal_checkpoint(TRUNCATE)");
  database_.set_busy_timeout(busy_timeout_);
  needs_scrubbing_ = !busy || *busy != 0;
}

}  // namespace convoke
