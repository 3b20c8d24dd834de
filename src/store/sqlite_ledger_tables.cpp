#include "store/sqlite_ledger_tables.hpp"

#include <fmt/format.h>

#include "domain/event.hpp"
#include "store/usage_sql.hpp"

namespace convoke {

namespace {

SqliteValue cost_value(const std::optional<Money>& cost) {
  if (!cost) return nullptr;
  return cost->picodollars;
}

constexpr std::string_view call_columns =
    "call_id, time, provider, model, key, user, purpose, conversation_id, request_id, status, error, duration_ms, "
    "input_tokens, output_tokens, total_tokens, cached_tokens, cache_write_tokens, cache_write_1h_tokens, "
    "reasoning_tokens, audio_input_tokens, audio_output_tokens, estimated, cost, cost_source";

constexpr SqlDialect sqlite{.parameter = "?", .is_wanted = "IN (SELECT value FROM json_each(?4))"};

UsageSums sums_in(const SqliteRows& rows, int first) {
  return {.calls = rows.integer(first),
          .unfinished_calls = rows.integer(first + 1),
          .unpriced_calls = rows.integer(first + 2),
          .estimated_calls = rows.integer(first + 3),
          .input_tokens = rows.integer(first + 4),
          .output_tokens = rows.integer(first + 5),
          .cached_tokens = rows.integer(first + 6),
          .cache_write_tokens = rows.integer(first + 7),
          .reasoning_tokens = rows.integer(first + 8),
          .audio_tokens = rows.integer(first + 9),
          .cost = Money{rows.integer(first + 10)}};
}

ModelCall call_in(const SqliteRows& rows) {
  const auto text = [&](int column) { return std::string(rows.text(column)); };
  ModelCall call{.id = text(0), .provider = text(2), .model = text(3), .key = text(4)};
  call.time = from_iso8601(rows.text(1)).value_or(WallTime{});
  call.origin = {.purpose = text(6), .user = text(5), .conversation_id = text(7), .request_id = text(8)};
  call.status = call_status_of(rows.text(9)).value_or(CallStatus::completed);
  call.error = text(10);
  call.duration = std::chrono::milliseconds(rows.integer(11));
  call.usage = {.input_tokens = rows.integer(12),
                .output_tokens = rows.integer(13),
                .total_tokens = rows.integer(14),
                .cached_tokens = rows.integer(15),
                .cache_write_tokens = rows.integer(16),
                .cache_write_1h_tokens = rows.integer(17),
                .reasoning_tokens = rows.integer(18),
                .audio_input_tokens = rows.integer(19),
                .audio_output_tokens = rows.integer(20),
                .estimated = rows.integer(21) != 0};
  if (!rows.is_null(22)) call.cost = Money{rows.integer(22)};
  call.cost_source = cost_source_of(rows.text(23)).value_or(CostSource::unknown);
  if (call.cost_source == CostSource::provider) call.usage.cost = call.cost;
  return call;
}

}  // namespace

Result<LedgerTables> LedgerTables::prepare(SqliteDatabase& database) {
  LedgerTables tables;
  TRY(tables.reserve_, database.prepare("INSERT OR REPLACE INTO open_calls VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"));
  TRY(tables.settle_, database.prepare(fmt::format("INSERT INTO model_calls ({}) VALUES "
                                                   "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                                                   call_columns)));
  TRY(tables.release_, database.prepare("DELETE FROM open_calls WHERE call_id = ?"));
  return tables;
}

Result<void> LedgerTables::reserve(const ModelCall& given) {
  const ModelCall call = within_reason(given);
  const std::string time = to_iso8601(call.time);
  const CallOrigin& origin = call.origin;
  return reserve_.run({call.id, time, call.provider, call.model, call.key, origin.user, origin.purpose,
                       origin.conversation_id, origin.request_id, call.usage.input_tokens, cost_value(call.cost),
                       call.usage.output_tokens});
}

Result<void> LedgerTables::settle(const ModelCall& given) {
  const ModelCall call = within_reason(given);
  CHECK_OK(release_.run({call.id}));
  const std::string time = to_iso8601(call.time);
  const CallOrigin& origin = call.origin;
  const Usage& usage = call.usage;
  return settle_.run({call.id,
                      time,
                      call.provider,
                      call.model,
                      call.key,
                      origin.user,
                      origin.purpose,
                      origin.conversation_id,
                      origin.request_id,
                      name_of(call.status),
                      call.error,
                      std::int64_t{call.duration.count()},
                      usage.input_tokens,
                      usage.output_tokens,
                      usage.total_tokens,
                      usage.cached_tokens,
                      usage.cache_write_tokens,
                      usage.cache_write_1h_tokens,
                      usage.reasoning_tokens,
                      usage.audio_input_tokens,
                      usage.audio_output_tokens,
                      std::int64_t{usage.estimated},
                      cost_value(call.cost),
                      name_of(call.cost_source)});
}

Result<void> settle_lost_calls(SqliteDatabase& database) {
  TRY(const std::int64_t lost, database.integer("SELECT count(*) FROM open_calls"));
  if (lost == 0) return {};  // to delete nothing would write all the same
  return database.execute(
      fmt::format("BEGIN IMMEDIATE; "
                  "INSERT INTO model_calls ({}) SELECT call_id, time, provider, model, key, user, purpose, "
                  "conversation_id, request_id, 'lost', '', 0, input_tokens, output_tokens, input_tokens + "
                  "output_tokens, 0, 0, 0, 0, 0, 0, 1, "
                  "cost, CASE WHEN cost IS NULL THEN 'unknown' ELSE 'reserved' END FROM open_calls ORDER BY time; "
                  "DELETE FROM open_calls; COMMIT",
                  call_columns));
}

namespace {

/// Settles calls in the order of their ids until one cannot be read. True when none is left; `after` is the last id.
Result<bool> copy_calls(SqliteStatement& calls, LedgerTables& into, std::int64_t& after) {
  SqliteRows rows = calls.query({after});
  for (;;) {
    const auto more = rows.next();
    if (!more) return false;
    if (!*more) return true;
    after = rows.integer(24);
    CHECK_OK(into.settle(call_in(rows)));
  }
}

/// What was being spent when the file was last used is lost at the next start, as after any crash.
Result<void> copy_open_calls(SqliteDatabase& from, LedgerTables& into) {
  auto statement = from.prepare(
      "SELECT call_id, time, provider, model, key, user, purpose, conversation_id, request_id, input_tokens, cost, "
      "output_tokens FROM open_calls");
  if (!statement) statement = from.prepare("SELECT *, 0 FROM open_calls");  // a file from before they had that column
  if (!statement) return {};
  SqliteRows rows = statement->query({});
  for (auto more = rows.next(); more && *more; more = rows.next()) {
    const auto text = [&](int column) { return std::string(rows.text(column)); };
    ModelCall call{.id = text(0), .provider = text(2), .model = text(3), .key = text(4)};
    call.time = from_iso8601(rows.text(1)).value_or(WallTime{});
    call.origin = {.purpose = text(6), .user = text(5), .conversation_id = text(7), .request_id = text(8)};
    call.usage.input_tokens = rows.integer(9);
    if (!rows.is_null(10)) call.cost = Money{rows.integer(10)};
    call.usage.output_tokens = rows.integer(11);
    CHECK_OK(into.reserve(call));
  }
  return {};
}

}  // namespace

Result<std::int64_t> salvage_calls(SqliteDatabase& from, SqliteDatabase& to) {
  constexpr std::int64_t longest_jump = 1 << 20;
  TRY(LedgerTables into, LedgerTables::prepare(to));
  auto calls = from.prepare(fmt::format("SELECT {}, id FROM model_calls WHERE id > ? ORDER BY id", call_columns));
  if (!calls) return 0;  // a file from before there was a ledger
  std::int64_t damaged = 0;
  std::int64_t after = 0;
  for (std::int64_t jump = 1; jump <= longest_jump;) {
    const std::int64_t before = after;
    TRY(const bool is_through, copy_calls(*calls, into, after));
    if (is_through) break;
    ++damaged;
    jump = after > before ? 1 : jump * 2;
    after += jump;
  }
  CHECK_OK(copy_open_calls(from, into));
  return damaged;
}

Result<std::vector<UsageRow>> read_usage(SqliteDatabase& database, const UsageQuery& query) {
  TRY(SqliteStatement statement, database.prepare(usage_sql(query, sqlite)));
  json::array conversations;
  for (const std::string& id : query.conversations) conversations.push_back(json::string(id));
  const std::string wanted = json::serialize(conversations);
  const std::string until = query.until.empty() ? "9999-12-31" : query.until;
  SqliteRows rows = statement.query({query.since, until, std::int64_t{query.limit}, wanted});
  std::vector<UsageRow> found;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return found;
    const int labels = static_cast<int>(query.by.size());
    UsageRow row;
    for (int i = 0; i < labels; ++i) row.labels.emplace_back(rows.text(i));
    row.sums = sums_in(rows, labels);
    found.push_back(std::move(row));
  }
}

Result<std::vector<ModelCall>> read_latest_calls(SqliteDatabase& database, int limit) {
  TRY(SqliteStatement statement,
      database.prepare(fmt::format("SELECT {} FROM model_calls ORDER BY id DESC LIMIT ?1", call_columns)));
  SqliteRows rows = statement.query({std::int64_t{limit}});
  std::vector<ModelCall> found;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back(call_in(rows));
  }
}

}  // namespace convoke
