// The tables of the ledger.
#include "store/sqlite_ledger_tables.hpp"

namespace convoke {

const char* const ledger_schema = R"sql(
    -- One row per call of a model, for good.
    CREATE TABLE model_calls (
      id                    INTEGER PRIMARY KEY,
      call_id               TEXT    NOT NULL,
      time                  TEXT    NOT NULL,  -- UTC, when it was sent
      provider              TEXT    NOT NULL,
      model                 TEXT    NOT NULL,
      key                   TEXT    NOT NULL,  -- the label of the API key
      user                  TEXT    NOT NULL,
      purpose               TEXT    NOT NULL,  -- chat, title, ...
      conversation_id       TEXT    NOT NULL,
      request_id            TEXT    NOT NULL,
      status                TEXT    NOT NULL,  -- completed, failed, cancelled, lost
      error                 TEXT    NOT NULL,
      duration_ms           INTEGER NOT NULL,
      input_tokens          INTEGER NOT NULL,  -- with those cached and written to the cache
      output_tokens         INTEGER NOT NULL,  -- with those of reasoning
      total_tokens          INTEGER NOT NULL,
      cached_tokens         INTEGER NOT NULL,
      cache_write_tokens    INTEGER NOT NULL,
      cache_write_1h_tokens INTEGER NOT NULL,
      reasoning_tokens      INTEGER NOT NULL,
      audio_input_tokens    INTEGER NOT NULL,
      audio_output_tokens   INTEGER NOT NULL,
      estimated             INTEGER NOT NULL,  -- 1: the tokens are our own count
      cost                  INTEGER,           -- picodollars; null: unknown
      cost_source           TEXT    NOT NULL   -- provider, price_list, reserved, nothing, unknown
    ) STRICT;

    -- The calls that were sent and have not ended.
    CREATE TABLE open_calls (
      call_id         TEXT    PRIMARY KEY,
      time            TEXT    NOT NULL,
      provider        TEXT    NOT NULL,
      model           TEXT    NOT NULL,
      key             TEXT    NOT NULL,
      user            TEXT    NOT NULL,
      purpose         TEXT    NOT NULL,
      conversation_id TEXT    NOT NULL,
      request_id      TEXT    NOT NULL,
      input_tokens    INTEGER NOT NULL,
      cost            INTEGER            -- at most; null: unknown
    ) STRICT, WITHOUT ROWID;

    -- Sums of model_calls, so that a million calls are counted as fast as ten.
    CREATE TABLE usage_by_day (
      day                TEXT    NOT NULL,
      provider           TEXT    NOT NULL,
      model              TEXT    NOT NULL,
      key                TEXT    NOT NULL,
      user               TEXT    NOT NULL,
      purpose            TEXT    NOT NULL,
      calls              INTEGER NOT NULL,
      unfinished_calls   INTEGER NOT NULL,
      unpriced_calls     INTEGER NOT NULL,
      estimated_calls    INTEGER NOT NULL,
      input_tokens       INTEGER NOT NULL,
      output_tokens      INTEGER NOT NULL,
      cached_tokens      INTEGER NOT NULL,
      cache_write_tokens INTEGER NOT NULL,
      reasoning_tokens   INTEGER NOT NULL,
      audio_tokens       INTEGER NOT NULL,
      cost               INTEGER NOT NULL,
      PRIMARY KEY (day, provider, model, key, user, purpose)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE usage_by_conversation (
      conversation_id    TEXT    NOT NULL,
      day                TEXT    NOT NULL,
      provider           TEXT    NOT NULL,
      model              TEXT    NOT NULL,
      key                TEXT    NOT NULL,
      user               TEXT    NOT NULL,
      purpose            TEXT    NOT NULL,
      calls              INTEGER NOT NULL,
      unfinished_calls   INTEGER NOT NULL,
      unpriced_calls     INTEGER NOT NULL,
      estimated_calls    INTEGER NOT NULL,
      input_tokens       INTEGER NOT NULL,
      output_tokens      INTEGER NOT NULL,
      cached_tokens      INTEGER NOT NULL,
      cache_write_tokens INTEGER NOT NULL,
      reasoning_tokens   INTEGER NOT NULL,
      audio_tokens       INTEGER NOT NULL,
      cost               INTEGER NOT NULL,
      PRIMARY KEY (conversation_id, day, provider, model, key, user, purpose)
    ) STRICT, WITHOUT ROWID;

    CREATE TRIGGER count_model_call AFTER INSERT ON model_calls BEGIN
      INSERT INTO usage_by_day VALUES (
        substr(new.time, 1, 10), new.provider, new.model, new.key, new.user, new.purpose,
        1, new.status <> 'completed', new.cost IS NULL, new.estimated, new.input_tokens, new.output_tokens,
        new.cached_tokens, new.cache_write_tokens, new.reasoning_tokens,
        new.audio_input_tokens + new.audio_output_tokens, coalesce(new.cost, 0))
      ON CONFLICT DO UPDATE SET
        calls = calls + 1, unfinished_calls = unfinished_calls + excluded.unfinished_calls,
        unpriced_calls = unpriced_calls + excluded.unpriced_calls,
        estimated_calls = estimated_calls + excluded.estimated_calls,
        input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
        cached_tokens = cached_tokens + excluded.cached_tokens,
        cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        audio_tokens = audio_tokens + excluded.audio_tokens, cost = cost + excluded.cost;
      INSERT INTO usage_by_conversation SELECT
        new.conversation_id, substr(new.time, 1, 10), new.provider, new.model, new.key, new.user, new.purpose,
        1, new.status <> 'completed', new.cost IS NULL, new.estimated, new.input_tokens, new.output_tokens,
        new.cached_tokens, new.cache_write_tokens, new.reasoning_tokens,
        new.audio_input_tokens + new.audio_output_tokens, coalesce(new.cost, 0)
      WHERE new.conversation_id <> ''
      ON CONFLICT DO UPDATE SET
        calls = calls + 1, unfinished_calls = unfinished_calls + excluded.unfinished_calls,
        unpriced_calls = unpriced_calls + excluded.unpriced_calls,
        estimated_calls = estimated_calls + excluded.estimated_calls,
        input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
        cached_tokens = cached_tokens + excluded.cached_tokens,
        cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        audio_tokens = audio_tokens + excluded.audio_tokens, cost = cost + excluded.cost;
    END;
    CREATE TRIGGER model_calls_are_never_changed BEFORE UPDATE ON model_calls BEGIN
      SELECT raise(ABORT, 'model_calls is append-only');
    END;
    CREATE TRIGGER model_calls_are_never_deleted BEFORE DELETE ON model_calls BEGIN
      SELECT raise(ABORT, 'model_calls is append-only');
    END;
)sql";

}  // namespace convoke
