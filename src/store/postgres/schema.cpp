#include "store/postgres/schema.hpp"

#include <fmt/format.h>

#include <iterator>

#include "store/postgres/ledger_tables.hpp"

namespace convoke {
namespace {

constexpr int oldest_server = 130000;

// Names are compared byte by byte, in the order of bytes.
constexpr const char* first_form = R"sql(
    -- The servers that use the database. Each keeps the number of its last transaction here, in that very transaction,
    -- so that it finds out what became of one whose commit was not answered.
    CREATE TABLE convoke_nodes (
      node  integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      batch bigint      NOT NULL DEFAULT 0,
      seen  timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 50);

    CREATE SEQUENCE convoke_event_ids;

    CREATE TABLE chat_events (
      id              bigint      PRIMARY KEY,
      conversation_id text        COLLATE "C" NOT NULL,
      seq             bigint      NOT NULL,  -- 1, 2, 3 ... in its conversation
      parent          bigint      NOT NULL,  -- the seq it follows, 0: none
      branch          bigint      NOT NULL,  -- the seq of its first event, or 1
      timestamp       timestamptz NOT NULL,
      type            text        NOT NULL,
      request_id      text        COLLATE "C" NOT NULL,
      role            text,
      content         text,                  -- the words, of the message or of the tool's result
      tool_calls      text,                  -- JSON
      tool_call_id    text,                  -- of a tool's result
      tool_name       text,
      is_error        boolean,
      parts           text,                  -- JSON, where a message holds what the columns above cannot express
      model           text,
      usage           text,                  -- JSON
      token_count     bigint      NOT NULL,
      details         text,                  -- JSON
      words           tsvector               -- what a search finds; null where it finds nothing
    ) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
    CREATE UNIQUE INDEX chat_events_by_position ON chat_events(conversation_id, seq);
    CREATE INDEX chat_events_by_words ON chat_events USING gin (words);
    ALTER TABLE chat_events ALTER COLUMN words SET STATISTICS 1000;

    -- One row per conversation, kept in step with its events, so that no list and no append ever counts them. Whoever
    -- changes a conversation holds the lock on its row.
    CREATE TABLE conversations (
      key             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      conversation_id text        COLLATE "C" NOT NULL UNIQUE,
      title           text        NOT NULL,
      created         timestamptz NOT NULL,
      updated         timestamptz NOT NULL,
      events          bigint      NOT NULL,
      last_seq        bigint      NOT NULL,
      last_event      bigint      NOT NULL,            -- id in chat_events
      branch          bigint      NOT NULL DEFAULT 1,  -- the active one
      branches        bigint      NOT NULL DEFAULT 1,  -- how many; 1: no rows in `branches`
      leaf            bigint      NOT NULL,            -- the newest event of the active branch
      origin          text        COLLATE "C",         -- forked from this conversation,
      origin_seq      bigint      NOT NULL DEFAULT 0,  -- which it shares up to here
      archived        boolean     NOT NULL DEFAULT false,
      erased          boolean     NOT NULL DEFAULT false, -- going, or kept for those forked from it
      retention       text                                -- JSON; null: as configured
    ) WITH (autovacuum_vacuum_scale_factor = 0.02);
    CREATE INDEX conversations_by_last_event ON conversations(archived, last_event) WHERE NOT erased;
    CREATE INDEX conversations_by_origin ON conversations(origin) WHERE origin IS NOT NULL;
    CREATE INDEX conversations_by_retention ON conversations(key) WHERE retention IS NOT NULL;
    CREATE INDEX conversations_erased ON conversations(conversation_id) WHERE erased;

    CREATE TABLE branches (
      conversation_id text   COLLATE "C" NOT NULL,
      first           bigint NOT NULL,
      parent          bigint NOT NULL,
      parent_branch   bigint NOT NULL,
      rival           bigint NOT NULL,  -- what followed `parent` before this branch did
      leaf            bigint NOT NULL,
      PRIMARY KEY (conversation_id, first)
    );

    -- One row per question, so that neither an old request nor a turn cut off by a crash has to be searched for.
    CREATE TABLE turns (
      question        bigint PRIMARY KEY,  -- id in chat_events
      conversation_id text   COLLATE "C" NOT NULL,
      request_id      text   COLLATE "C" NOT NULL,
      first_seq       bigint NOT NULL,
      last_seq        bigint,              -- of the event that closed it
      node            bigint NOT NULL      -- the server that is answering it
    );
    CREATE INDEX turns_by_request ON turns(request_id, question);
    CREATE INDEX turns_open ON turns(conversation_id, request_id) WHERE last_seq IS NULL;

    -- The words of replies that are coming in, for as long as they are. A crash leaves them here.
    CREATE TABLE drafts (
      id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      conversation_id text   COLLATE "C" NOT NULL,
      request_id      text   COLLATE "C" NOT NULL,
      words           text   NOT NULL
    );
    CREATE INDEX drafts_by_turn ON drafts(conversation_id, request_id);
)sql";

/// Each step leads from the form with its index to the next. A released step is never changed; add another.
std::string migration(std::size_t step) {
  const std::string steps[] = {
      std::string(first_form) + postgres_ledger_schema,
      // What a lost call is taken to have said, so that its tokens fit its cost.
      "ALTER TABLE open_calls ADD COLUMN output_tokens bigint NOT NULL DEFAULT 0;",
  };
  return steps[step];
}
constexpr int forms = 2;

Result<void> check_server(PostgresConnection& connection) {
  if (connection.server_version() < oldest_server) {
    return fail(Errc::unavailable, "PostgreSQL: the server is older than version 13");
  }
  TRY(const PostgresRows encoding, connection.query("SELECT current_setting('server_encoding')"));
  if (encoding.text(0, 0) == "UTF8") return {};
  return fail(Errc::unavailable, fmt::format("PostgreSQL: the database holds {} only; make one with ENCODING 'UTF8'",
                                             encoding.text(0, 0)));
}

/// Under a lock, so that of several servers one makes each step. A number of ours that means "convoke's schema".
Result<void> migrate(PostgresConnection& connection, std::int64_t from) {
  TRY(const PostgresRows locked, connection.query("SELECT pg_advisory_lock(7237130486120309061)"));
  Result<std::int64_t> now = form_of(connection);
  Result<void> done;
  if (!now) done = std::unexpected(now.error());
  if (now && *now == from) {
    const std::string first =
        "CREATE TABLE convoke_schema (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), form bigint NOT "
        "NULL);"
        "INSERT INTO convoke_schema (form) VALUES (0);";
    done =
        connection.run_script(fmt::format("BEGIN; {} {} UPDATE convoke_schema SET form = {}; COMMIT",
                                          from == 0 ? first : "", migration(static_cast<std::size_t>(from)), from + 1));
    if (!done && !connection.is_broken()) (void)connection.run_script("ROLLBACK");
  }
  if (!connection.is_broken()) CHECK_OK(connection.query("SELECT pg_advisory_unlock(7237130486120309061)"));
  if (!done && done.error().code == Errc::internal) {
    return fail(Errc::conflict,
                done.error().message + "; is this the database of another program? Give convoke its own");
  }
  return done;
}

}  // namespace

Result<std::int64_t> form_of(PostgresConnection& connection) {
  TRY(const PostgresRows known, connection.query("SELECT to_regclass('convoke_schema') IS NOT NULL"));
  if (!known.boolean(0, 0)) return 0;
  TRY(const PostgresRows form, connection.query("SELECT form FROM convoke_schema"));
  return form.empty() ? 0 : form.integer(0, 0);
}

int newest_postgres_schema() { return forms; }

Result<void> bring_up_to_date(PostgresConnection& connection) {
  CHECK_OK(check_server(connection));
  for (;;) {
    TRY(const std::int64_t form, form_of(connection));
    if (form > forms) {
      return fail(Errc::conflict,
                  fmt::format("PostgreSQL: the database was written by a newer convoke (form {}, this one knows {})",
                              form, forms));
    }
    if (form == forms) return {};
    CHECK_OK(migrate(connection, form));
  }
}

}  // namespace convoke
