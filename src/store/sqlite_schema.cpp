#include "store/sqlite_schema.hpp"

#include <fmt/format.h>

#include "store/sqlite_search.hpp"

#include <iterator>

#include "store/sqlite_ledger_tables.hpp"

namespace convoke {
namespace {

// Each step leads from the form with its index to the next. A released step is never changed; add another.
const char* const migrations[] = {
    R"sql(
    CREATE TABLE chat_events (
      id              INTEGER PRIMARY KEY,
      conversation_id TEXT    NOT NULL,
      seq             INTEGER NOT NULL,  -- 1, 2, 3 ... in its conversation
      parent          INTEGER NOT NULL,  -- the seq it follows, 0: none
      timestamp       TEXT    NOT NULL,  -- UTC, 2026-11-23T18:04:48.123Z
      type            TEXT    NOT NULL,
      request_id      TEXT    NOT NULL,
      role            TEXT,
      content         TEXT,              -- the words, of the message or of the tool's result
      tool_calls      TEXT,              -- JSON
      tool_call_id    TEXT,              -- of a tool's result
      tool_name       TEXT,
      is_error        INTEGER,
      parts           TEXT,              -- JSON, where a message holds what the columns above cannot express
      model           TEXT,
      usage           TEXT,              -- JSON
      token_count     INTEGER NOT NULL,
      details         TEXT               -- JSON
    ) STRICT;
    CREATE UNIQUE INDEX chat_events_by_position ON chat_events(conversation_id, seq);

    -- One row per conversation, kept in step with its events, so that no list and no append ever counts them.
    CREATE TABLE conversations (
      key             INTEGER PRIMARY KEY,
      conversation_id TEXT    NOT NULL UNIQUE,
      title           TEXT    NOT NULL,
      created         TEXT    NOT NULL,
      updated         TEXT    NOT NULL,
      events          INTEGER NOT NULL,
      last_seq        INTEGER NOT NULL,
      last_event      INTEGER NOT NULL   -- id in chat_events
    ) STRICT;
    CREATE INDEX conversations_by_last_event ON conversations(last_event);

    -- One row per question, so that neither an old request nor a turn cut off by a crash has to be searched for.
    CREATE TABLE turns (
      question        INTEGER PRIMARY KEY,  -- id in chat_events
      conversation_id TEXT    NOT NULL,
      request_id      TEXT    NOT NULL,
      first_seq       INTEGER NOT NULL,
      last_seq        INTEGER               -- of the event that closed it
    ) STRICT;
    CREATE INDEX turns_by_request ON turns(request_id);
    CREATE INDEX turns_open ON turns(conversation_id, request_id) WHERE last_seq IS NULL;
    )sql",
    R"sql(
    -- The words of replies that are coming in, for as long as they are. A crash leaves them here.
    CREATE TABLE drafts (
      id              INTEGER PRIMARY KEY,
      conversation_id TEXT    NOT NULL,
      request_id      TEXT    NOT NULL,
      words           TEXT    NOT NULL
    ) STRICT;
    CREATE INDEX drafts_by_turn ON drafts(conversation_id, request_id);
    )sql",
    ledger_schema,
    // The first form had no branches: all its events are on the trunk.
    R"sql(
    ALTER TABLE chat_events ADD COLUMN branch INTEGER NOT NULL DEFAULT 1;        -- the seq of its first event, or 1
    ALTER TABLE conversations ADD COLUMN branch INTEGER NOT NULL DEFAULT 1;      -- the active one
    ALTER TABLE conversations ADD COLUMN branches INTEGER NOT NULL DEFAULT 1;    -- how many; 1: no rows in `branches`
    ALTER TABLE conversations ADD COLUMN origin TEXT;                            -- forked from this conversation,
    ALTER TABLE conversations ADD COLUMN origin_seq INTEGER NOT NULL DEFAULT 0;  -- which it shares up to here
    ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE conversations ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;      -- going, or kept for those forked from it
    CREATE INDEX conversations_by_origin ON conversations(origin) WHERE origin IS NOT NULL;
    CREATE INDEX conversations_erased ON conversations(conversation_id) WHERE erased;
    CREATE TABLE branches (
      conversation_id TEXT    NOT NULL,
      first           INTEGER NOT NULL,
      parent          INTEGER NOT NULL,
      parent_branch   INTEGER NOT NULL,
      rival           INTEGER NOT NULL,  -- what followed `parent` before this branch did
      leaf            INTEGER NOT NULL,
      PRIMARY KEY (conversation_id, first)
    ) STRICT, WITHOUT ROWID;
    )sql",
    search_schema,
    R"sql(
    ALTER TABLE conversations ADD COLUMN retention TEXT;  -- JSON; NULL: as configured
    CREATE INDEX conversations_by_retention ON conversations(key) WHERE retention IS NOT NULL;
    )sql",
    search_beginnings_schema,
    search_merges_schema,
    // What a lost call is taken to have said, so that its tokens fit its cost.
    "ALTER TABLE open_calls ADD COLUMN output_tokens INTEGER NOT NULL DEFAULT 0;",
};

Result<void> migrate(SqliteDatabase& database, std::int64_t from) {
  const auto step = static_cast<std::size_t>(from);
  return database.execute(
      fmt::format("BEGIN IMMEDIATE; {}; PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT", migrations[step],
                  sqlite_application_id, from + 1));
}

}  // namespace

int newest_schema() { return static_cast<int>(std::size(migrations)); }

Result<void> bring_up_to_date(SqliteDatabase& database, const std::string& path) {
  TRY(const std::int64_t owner, database.integer("PRAGMA application_id"));
  TRY(const std::int64_t objects, database.integer("SELECT count(*) FROM sqlite_schema"));
  const bool empty = owner == 0 && objects == 0;
  // To be decided before the first table is made: pages that deleting frees are given back to the disk.
  if (empty) CHECK_OK(database.execute("PRAGMA auto_vacuum = INCREMENTAL"));
  if (!empty && owner != sqlite_application_id) {
    return fail(Errc::conflict, path + ": the database of another program; choose another path");
  }
  TRY(const std::int64_t version, database.integer("PRAGMA user_version"));
  if (version > newest_schema()) {
    return fail(Errc::conflict, fmt::format("{}: written by a newer convoke (form {}, this one knows {})", path,
                                            version, newest_schema()));
  }
  for (std::int64_t from = version; from < newest_schema(); ++from) {
    if (auto done = migrate(database, from); !done) {
      database.roll_back();
      return done;
    }
  }
  // A new file has nothing in the index that an earlier form had.
  return empty ? database.execute("DROP TABLE search_old") : Result<void>{};
}

}  // namespace convoke
