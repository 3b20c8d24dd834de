#include "store/sqlite_writer.hpp"

#include <fmt/format.h>

#include "store/refusals.hpp"
#include "store/search_tokenizer.hpp"
#include "store/sqlite_event_row.hpp"
#include "store/sqlite_schema.hpp"
#include "store/title.hpp"

namespace convoke {
namespace {

// Busy conversations are looked up once; beyond this many the memory starts afresh (about 300 bytes each).
constexpr std::size_t max_cached_conversations = 20'000;

// WAL with FULL: one fdatasync per commit, and past power loss nothing acknowledged is missing.
constexpr const char* settings = R"sql(
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
)sql";

}  // namespace

Result<SqliteWriter> SqliteWriter::open(const SqliteStoreOptions& options) {
  TRY(SqliteDatabase database, SqliteDatabase::open(options.path, options.busy_timeout));
  CHECK_OK(teach_search(database));
  CHECK_OK(bring_up_to_date(database, options.path));
  return ready(std::move(database), options);
}

Result<SqliteWriter> SqliteWriter::open_first(const SqliteStoreOptions& options) {
  TRY(SqliteDatabase database, SqliteDatabase::open(options.path, options.busy_timeout));
  CHECK_OK(teach_search(database));
  CHECK_OK(bring_up_to_date(database, options.path));
  CHECK_OK(settle_lost_calls(database));
  return ready(std::move(database), options);
}

Result<SqliteWriter> SqliteWriter::ready(SqliteDatabase database, const SqliteStoreOptions& options) {
  CHECK_OK(database.execute(settings));
  SqliteWriter writer(std::move(database), options);
  CHECK_OK(writer.prepare());
  return writer;
}

Result<void> SqliteWriter::prepare() {
  const std::pair<SqliteStatement*, std::string> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&insert_event_,
       fmt::format("INSERT INTO chat_events ({}) VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", event_columns)},
      {&find_conversation_,
       "SELECT key, title <> '', events, last_seq, last_event, branch, branches, origin, origin_seq, erased "
       "FROM conversations WHERE conversation_id = ?"},
      {&insert_conversation_,
       "INSERT INTO conversations (conversation_id, title, created, updated, events, last_seq, last_event, branch, "
       "branches) VALUES (?,?,?,?,?,?,?,?,?)"},
      {&update_conversation_,
       "UPDATE conversations SET updated = ?2, events = ?3, last_seq = ?4, last_event = ?5, branch = ?6, branches = ?7 "
       "WHERE key = ?1"},
      {&set_title_, "UPDATE conversations SET title = ?2 WHERE key = ?1"},
      {&title_, "SELECT title FROM conversations WHERE key = ?"},
      {&set_retention_, "UPDATE conversations SET retention = ?2 WHERE key = ?1"},
      {&open_turn_,
       "INSERT INTO turns (question, conversation_id, request_id, first_seq) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS "
       "(SELECT 1 FROM turns WHERE conversation_id = ?2 AND request_id = ?3 AND last_seq IS NULL)"},
      {&close_turn_,
       "UPDATE turns SET last_seq = ?3 WHERE conversation_id = ?1 AND request_id = ?2 AND last_seq IS NULL"},
      {&find_branches_,
       "SELECT first, parent, parent_branch, rival, leaf FROM branches WHERE conversation_id = ? ORDER BY first"},
      {&save_branch_, "INSERT OR REPLACE INTO branches VALUES (?,?,?,?,?,?)"},
      {&branch_of_, "SELECT branch FROM chat_events WHERE conversation_id = ? AND seq = ?"},
      {&next_on_,
       "SELECT seq FROM chat_events WHERE conversation_id = ?1 AND seq > ?2 AND parent = ?2 AND branch = ?3 "
       "ORDER BY seq LIMIT 1"},
      {&switch_, "UPDATE conversations SET branch = ?2 WHERE key = ?1"},
      {&fork_,
       "INSERT INTO conversations (conversation_id, title, created, updated, events, last_seq, last_event, origin, "
       "origin_seq) SELECT ?1, title, ?2, ?2, 0, ?3, (SELECT max(last_event) FROM conversations), ?4, ?3 "
       "FROM conversations WHERE key = ?5"},
      {&set_archived_, "UPDATE conversations SET archived = ?2 WHERE key = ?1"},
      {&set_erased_, "UPDATE conversations SET erased = 1, title = '' WHERE key = ?1"},
      {&forks_of_, "SELECT origin_seq FROM conversations WHERE origin = ?"},
      {&events_to_erase_,
       "SELECT id, seq, branch FROM chat_events WHERE conversation_id = ?1 AND seq > ?2 AND seq < ?3 ORDER BY seq "
       "LIMIT ?4"},
      {&set_events_, "UPDATE conversations SET events = ?2 WHERE key = ?1"},
      {&erase_turn_, "DELETE FROM turns WHERE question = ?"},
      {&erase_event_, "DELETE FROM chat_events WHERE id = ?"},
      {&erase_branches_, "DELETE FROM branches WHERE conversation_id = ?"},
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
  TRY(newest_event_, database_.integer("SELECT max(id) FROM chat_events"));
  CHECK_OK(search_.prepare(database_));
  CHECK_OK(resume_erasures());
  TRY(const std::int64_t vacuum, database_.integer("PRAGMA auto_vacuum"));
  may_vacuum_ = vacuum == 2;
  TRY(ledger_, LedgerTables::prepare(database_));
  return {};
}

Result<void> SqliteWriter::wait_for_disk(bool wait) {
  if (wait == waits_for_disk_) return {};
  CHECK_OK(database_.execute(wait ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  waits_for_disk_ = wait;
  return {};
}

Result<void> SqliteWriter::begin() { return begin_.run({}); }

Result<void> SqliteWriter::commit() {
  CHECK_OK(save_conversations());
  return commit_.run({});
}

void SqliteWriter::roll_back() {
  database_.roll_back();
  (void)search_.reload(database_);  // fails where nothing works, and then a new writer takes over
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
    conversation.saved_seq = conversation.shape.last_seq = rows.integer(3);
    conversation.last_event = rows.integer(4);
    conversation.shape.origin = rows.text(7);
    conversation.shape.origin_seq = rows.integer(8);
    conversation.shape.erased = rows.integer(9) != 0;
    BranchTree& tree = conversation.shape.tree;
    tree.active = rows.integer(5);
    tree.branches.front().leaf = conversation.saved_seq;
    if (rows.integer(6) > 1) CHECK_OK(load_branches(id, tree));
    conversation.saved_branches = tree.branches.size();
  }
  return &cache_.emplace(id, std::move(conversation)).first->second;
}

Result<SqliteWriter::Conversation*> SqliteWriter::visible_conversation(const std::string& id) {
  TRY(Conversation * found, conversation(id));
  const bool is_visible = !found->shape.erased && (found->key != 0 || found->changed);
  if (!is_visible) return no_conversation(id);
  return found;
}

Result<std::vector<Stored>> SqliteWriter::append(const std::vector<Event>& events) {
  TRY(Placed placed, place(events, lookup()));
  std::vector<Stored> stored;
  stored.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    CHECK_OK(insert_event(insert_event_, event, placed.placements[i]));
    stored.push_back({database_.last_insert_id(), placed.placements[i]});
    CHECK_OK(note_turn(event, stored.back().id, placed.placements[i].seq));
    note_event(*cache_.find(event.conversation_id), event, stored.back());
  }
  if (!stored.empty()) newest_event_ = stored.back().id;
  for (auto& [id, shape] : placed.shapes) cache_.at(id).shape = std::move(shape);
  return stored;
}

Result<void> SqliteWriter::note_turn(const Event& event, std::int64_t id, Sequence seq) {
  if (opens_turn(event.type)) {
    return open_turn_.run({id, event.conversation_id, event.request_id, seq});
  }
  const bool holds_draft = event.type == EventType::assistant_message || closes_turn(event.type);
  if (holds_draft) CHECK_OK(drop_draft(event));
  if (closes_turn(event.type)) return close_turn_.run({event.conversation_id, event.request_id, seq});
  return {};
}

void SqliteWriter::note_event(CacheEntry& entry, const Event& event, const Stored& stored) {
  Conversation& conversation = entry.second;
  if (!conversation.changed) changed_.push_back(&entry);
  if (event.type == EventType::user_message && !conversation.has_title) {
    conversation.title = title_of(event.message.text());
    conversation.has_title = conversation.title_changed = !conversation.title.empty();
  }
  if (conversation.key == 0 && conversation.events == 0) conversation.created = event.timestamp;
  conversation.changed = true;
  conversation.updated = event.timestamp;
  conversation.events += 1;
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
  const Sequence last_seq = c.shape.last_seq;
  const Sequence active = c.shape.tree.active;
  const std::int64_t branches = std::ssize(c.shape.tree.branches);
  const std::string updated = to_iso8601(c.updated);
  if (c.key == 0) {
    const std::string created = to_iso8601(c.created);
    CHECK_OK(
        insert_conversation_.run({id, c.title, created, updated, c.events, last_seq, c.last_event, active, branches}));
    conversation.key = database_.last_insert_id();
  } else {
    CHECK_OK(update_conversation_.run({c.key, updated, c.events, last_seq, c.last_event, active, branches}));
    if (c.title_changed) CHECK_OK(set_title_.run({c.key, c.title}));
  }
  CHECK_OK(save_branches(id, c));
  conversation.saved_seq = last_seq;
  conversation.saved_branches = c.shape.tree.branches.size();
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
  if (shown.empty()) return no_title();
  CHECK_OK(save_conversations());
  TRY(Conversation * found, visible_conversation(conversation_id));
  found->has_title = true;
  return set_title_.run({found->key, shown});
}

Result<void> SqliteWriter::retitle(const std::string& conversation_id, const std::string& from,
                                   const std::string& title) {
  CHECK_OK(save_conversations());
  TRY(const Conversation* found, visible_conversation(conversation_id));
  {
    SqliteRows rows = title_.query({found->key});
    TRY(const bool known, rows.next());
    if (known && rows.text(0) != from) return has_another_title(conversation_id);
  }
  return rename(conversation_id, title);
}

Result<void> SqliteWriter::set_retention(const std::string& conversation_id,
                                         const std::optional<Retention>& retention) {
  CHECK_OK(save_conversations());
  TRY(const Conversation* found, visible_conversation(conversation_id));
  const std::string text = retention ? json::serialize(to_json(*retention)) : "";
  return set_retention_.run({found->key, retention ? SqliteValue(std::string_view(text)) : SqliteValue(nullptr)});
}

Result<void> SqliteWriter::set_archived(const std::string& conversation_id, bool archived) {
  CHECK_OK(save_conversations());
  TRY(const Conversation* found, visible_conversation(conversation_id));
  return set_archived_.run({found->key, std::int64_t{archived}});
}

Result<void> SqliteWriter::probe() {
  CHECK_OK(begin());
  CHECK_OK(database_.execute(fmt::format("PRAGMA user_version = {}", newest_schema())));
  return commit();
}

}  // namespace convoke
