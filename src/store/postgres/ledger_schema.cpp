// The tables of the ledger.
#include "store/postgres/ledger_tables.hpp"

namespace convoke {

const char* const postgres_ledger_schema = R"sql(
    -- One row per call of a model, for good.
    CREATE TABLE model_calls (
      id                    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      call_id               text        NOT NULL,
      time                  timestamptz NOT NULL,  -- when it was sent
      provider              text        NOT NULL,
      model                 text        NOT NULL,
      key                   text        NOT NULL,  -- the label of the API key
      "user"                text        NOT NULL,
      purpose               text        NOT NULL,  -- chat, title, ...
      conversation_id       text        NOT NULL,
      request_id            text        NOT NULL,
      status                text        NOT NULL,  -- completed, failed, cancelled, lost
      error                 text        NOT NULL,
      duration_ms           bigint      NOT NULL,
      input_tokens          bigint      NOT NULL,  -- with those cached and written to the cache
      output_tokens         bigint      NOT NULL,  -- with those of reasoning
      total_tokens          bigint      NOT NULL,
      cached_tokens         bigint      NOT NULL,
      cache_write_tokens    bigint      NOT NULL,
      cache_write_1h_tokens bigint      NOT NULL,
      reasoning_tokens      bigint      NOT NULL,
      audio_input_tokens    bigint      NOT NULL,
      audio_output_tokens   bigint      NOT NULL,
      estimated             boolean     NOT NULL,  -- the tokens are our own count
      cost                  bigint,                -- picodollars; null: unknown
      cost_source           text        NOT NULL   -- provider, price_list, reserved, nothing, unknown
    );

    -- The calls that were sent and have not ended.
    CREATE TABLE open_calls (
      call_id         text        COLLATE "C" PRIMARY KEY,
      time            timestamptz NOT NULL,
      provider        text        NOT NULL,
      model           text        NOT NULL,
      key             text        NOT NULL,
      "user"          text        NOT NULL,
      purpose         text        NOT NULL,
      conversation_id text        NOT NULL,
      request_id      text        NOT NULL,
      input_tokens    bigint      NOT NULL,
      cost            bigint,                -- at most; null: unknown
      node            bigint      NOT NULL   -- the server that sent it
    );

    -- Sums of model_calls, so that a million calls are counted as fast as ten.
    CREATE TABLE usage_by_day (
      day                text   COLLATE "C" NOT NULL,
      provider           text   COLLATE "C" NOT NULL,
      model              text   COLLATE "C" NOT NULL,
      key                text   COLLATE "C" NOT NULL,
      "user"             text   COLLATE "C" NOT NULL,
      purpose            text   COLLATE "C" NOT NULL,
      calls              bigint NOT NULL,
      unfinished_calls   bigint NOT NULL,
      unpriced_calls     bigint NOT NULL,
      estimated_calls    bigint NOT NULL,
      input_tokens       bigint NOT NULL,
      output_tokens      bigint NOT NULL,
      cached_tokens      bigint NOT NULL,
      cache_write_tokens bigint NOT NULL,
      reasoning_tokens   bigint NOT NULL,
      audio_tokens       bigint NOT NULL,
      cost               bigint NOT NULL,
      PRIMARY KEY (day, provider, model, key, "user", purpose)
    ) WITH (fillfactor = 70);
    CREATE TABLE usage_by_conversation (
      conversation_id    text   COLLATE "C" NOT NULL,
      day                text   COLLATE "C" NOT NULL,
      provider           text   COLLATE "C" NOT NULL,
      model              text   COLLATE "C" NOT NULL,
      key                text   COLLATE "C" NOT NULL,
      "user"             text   COLLATE "C" NOT NULL,
      purpose            text   COLLATE "C" NOT NULL,
      calls              bigint NOT NULL,
      unfinished_calls   bigint NOT NULL,
      unpriced_calls     bigint NOT NULL,
      estimated_calls    bigint NOT NULL,
      input_tokens       bigint NOT NULL,
      output_tokens      bigint NOT NULL,
      cached_tokens      bigint NOT NULL,
      cache_write_tokens bigint NOT NULL,
      reasoning_tokens   bigint NOT NULL,
      audio_tokens       bigint NOT NULL,
      cost               bigint NOT NULL,
      PRIMARY KEY (conversation_id, day, provider, model, key, "user", purpose)
    ) WITH (fillfactor = 70);

    CREATE FUNCTION convoke_count_call() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO usage_by_day AS u VALUES (
        to_char(new.time AT TIME ZONE 'UTC', 'YYYY-MM-DD'), new.provider, new.model, new.key, new."user",
        new.purpose, 1, (new.status <> 'completed')::integer, (new.cost IS NULL)::integer, new.estimated::integer,
        new.input_tokens, new.output_tokens, new.cached_tokens, new.cache_write_tokens, new.reasoning_tokens,
        new.audio_input_tokens + new.audio_output_tokens, coalesce(new.cost, 0))
      ON CONFLICT (day, provider, model, key, "user", purpose) DO UPDATE SET
        calls = u.calls + excluded.calls, unfinished_calls = u.unfinished_calls + excluded.unfinished_calls,
        unpriced_calls = u.unpriced_calls + excluded.unpriced_calls, estimated_calls = u.estimated_calls +
        excluded.estimated_calls, input_tokens = u.input_tokens + excluded.input_tokens, output_tokens =
        u.output_tokens + excluded.output_tokens, cached_tokens = u.cached_tokens + excluded.cached_tokens,
        cache_write_tokens = u.cache_write_tokens + excluded.cache_write_tokens, reasoning_tokens =
        u.reasoning_tokens + excluded.reasoning_tokens, audio_tokens = u.audio_tokens + excluded.audio_tokens, cost
        = u.cost + excluded.cost;
      IF new.conversation_id <> '' THEN
        INSERT INTO usage_by_conversation AS u VALUES (
          new.conversation_id, to_char(new.time AT TIME ZONE 'UTC', 'YYYY-MM-DD'), new.provider, new.model, new.key,
          new."user", new.purpose, 1, (new.status <> 'completed')::integer, (new.cost IS NULL)::integer,
          new.estimated::integer, new.input_tokens, new.output_tokens, new.cached_tokens, new.cache_write_tokens,
          new.reasoning_tokens, new.audio_input_tokens + new.audio_output_tokens, coalesce(new.cost, 0))
        ON CONFLICT (conversation_id, day, provider, model, key, "user", purpose) DO UPDATE SET
          calls = u.calls + excluded.calls, unfinished_calls = u.unfinished_calls + excluded.unfinished_calls,
          unpriced_calls = u.unpriced_calls + excluded.unpriced_calls, estimated_calls = u.estimated_calls +
          excluded.estimated_calls, input_tokens = u.input_tokens + excluded.input_tokens, output_tokens =
          u.output_tokens + excluded.output_tokens, cached_tokens = u.cached_tokens + excluded.cached_tokens,
          cache_write_tokens = u.cache_write_tokens + excluded.cache_write_tokens, reasoning_tokens =
          u.reasoning_tokens + excluded.reasoning_tokens, audio_tokens = u.audio_tokens + excluded.audio_tokens,
          cost = u.cost + excluded.cost;
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER count_model_call AFTER INSERT ON model_calls
      FOR EACH ROW EXECUTE FUNCTION convoke_count_call();

    CREATE FUNCTION convoke_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'model_calls is append-only';
    END $$;
    CREATE TRIGGER model_calls_are_never_changed BEFORE UPDATE OR DELETE ON model_calls
      FOR EACH ROW EXECUTE FUNCTION convoke_refuse_change();
)sql";

}  // namespace convoke
