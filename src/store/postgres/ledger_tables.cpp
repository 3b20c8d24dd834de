#include "store/postgres/ledger_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/postgres/node.hpp"
#include "store/usage_sql.hpp"

namespace convoke {
namespace {

PostgresValue cost_value(const std::optional<Money>& cost) {
  if (!cost) return nullptr;
  return cost->picodollars;
}

constexpr const char* settle_sql =
    "INSERT INTO model_calls (call_id, time, provider, model, key, \"user\", purpose, conversation_id, request_id, "
    "status, error, duration_ms, input_tokens, output_tokens, total_tokens, cached_tokens, cache_write_tokens, "
    "cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, estimated, cost, cost_source) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24)";

UsageSums sums_in(const PostgresRows& rows, int row, int first) {
  return {.calls = rows.integer(row, first),
          .unfinished_calls = rows.integer(row, first + 1),
          .unpriced_calls = rows.integer(row, first + 2),
          .estimated_calls = rows.integer(row, first + 3),
          .input_tokens = rows.integer(row, first + 4),
          .output_tokens = rows.integer(row, first + 5),
          .cached_tokens = rows.integer(row, first + 6),
          .cache_write_tokens = rows.integer(row, first + 7),
          .reasoning_tokens = rows.integer(row, first + 8),
          .audio_tokens = rows.integer(row, first + 9),
          .cost = Money{rows.integer(row, first + 10)}};
}

ModelCall call_in(const PostgresRows& rows, int row) {
  const auto text = [&](int column) { return rows.text(row, column); };
  const auto number = [&](int column) { return rows.integer(row, column); };
  ModelCall call{.id = text(0), .time = rows.time(row, 1), .provider = text(2), .model = text(3), .key = text(4)};
  call.origin = {.purpose = text(6), .user = text(5), .conversation_id = text(7), .request_id = text(8)};
  call.status = call_status_of(text(9)).value_or(CallStatus::completed);
  call.error = text(10);
  call.duration = std::chrono::milliseconds(number(11));
  call.usage = {.input_tokens = number(12),
                .output_tokens = number(13),
                .total_tokens = number(14),
                .cached_tokens = number(15),
                .cache_write_tokens = number(16),
                .cache_write_1h_tokens = number(17),
                .reasoning_tokens = number(18),
                .audio_input_tokens = number(19),
                .audio_output_tokens = number(20),
                .estimated = rows.boolean(row, 21)};
  if (!rows.is_null(row, 22)) call.cost = Money{number(22)};
  call.cost_source = cost_source_of(text(23)).value_or(CostSource::unknown);
  if (call.cost_source == CostSource::provider) call.usage.cost = call.cost;
  return call;
}

}  // namespace

void reserve_call(PostgresConnection& connection, const ModelCall& given, std::int64_t node) {
  const ModelCall call = within_reason(given);
  const CallOrigin& origin = call.origin;
  connection.send(
      "INSERT INTO open_calls VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT (call_id) DO UPDATE SET "
      "time = excluded.time, input_tokens = excluded.input_tokens, cost = excluded.cost, node = excluded.node, "
      "output_tokens = excluded.output_tokens",
      {call.id, call.time, call.provider, call.model, call.key, origin.user, origin.purpose, origin.conversation_id,
       origin.request_id, call.usage.input_tokens, cost_value(call.cost), node, call.usage.output_tokens});
}

void settle_call(PostgresConnection& connection, const ModelCall& given) {
  const ModelCall call = within_reason(given);
  const CallOrigin& origin = call.origin;
  const Usage& usage = call.usage;
  connection.send("DELETE FROM open_calls WHERE call_id = $1", {call.id});
  connection.send(settle_sql, {call.id,
                               call.time,
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
                               usage.estimated,
                               cost_value(call.cost),
                               name_of(call.cost_source)});
}

// One statement, so that of several servers that start at once one settles each call.
Result<void> settle_lost_calls(PostgresConnection& connection) {
  CHECK_OK(connection.query(fmt::format(
      "WITH lost AS (DELETE FROM open_calls WHERE node NOT IN {} RETURNING *) "
      "INSERT INTO model_calls (call_id, time, provider, model, key, \"user\", purpose, conversation_id, request_id, "
      "status, error, duration_ms, input_tokens, output_tokens, total_tokens, cached_tokens, cache_write_tokens, "
      "cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, estimated, cost, cost_source) "
      "SELECT call_id, time, provider, model, key, \"user\", purpose, conversation_id, request_id, 'lost', '', 0, "
      "input_tokens, output_tokens, input_tokens + output_tokens, 0, 0, 0, 0, 0, 0, true, cost, "
      "CASE WHEN cost IS NULL THEN 'unknown' ELSE 'reserved' END FROM lost ORDER BY time",
      live_nodes)));
  return {};
}

Result<std::vector<UsageRow>> read_usage(PostgresConnection& connection, const UsageQuery& query) {
  const std::string until = query.until.empty() ? "9999-12-31" : query.until;
  const std::string sql =
      usage_sql(query, {.parameter = "$", .is_wanted = "= ANY($4::text[])", .after_sum = "::bigint"});
  const std::span<const std::string> conversations(query.conversations);
  const std::int64_t limit = query.limit;
  if (query.conversations.empty()) {
    connection.send_once(sql, {query.since, until, limit});
  } else {
    connection.send_once(sql, {query.since, until, limit, conversations});
  }
  TRY(const auto all, connection.receive());
  const PostgresRows& rows = all.back();
  std::vector<UsageRow> found;
  const int labels = static_cast<int>(query.by.size());
  for (int i = 0; i < rows.size(); ++i) {
    UsageRow row;
    for (int label = 0; label < labels; ++label) row.labels.push_back(rows.text(i, label));
    row.sums = sums_in(rows, i, labels);
    found.push_back(std::move(row));
  }
  return found;
}

Result<std::vector<ModelCall>> read_latest_calls(PostgresConnection& connection, int limit) {
  TRY(const PostgresRows rows,
      connection.query(
          "SELECT call_id, time, provider, model, key, \"user\", purpose, conversation_id, request_id, status, error, "
          "duration_ms, input_tokens, output_tokens, total_tokens, cached_tokens, cache_write_tokens, "
          "cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens, estimated, cost, "
          "cost_source FROM model_calls ORDER BY id DESC LIMIT $1",
          {std::int64_t{std::max(limit, 0)}}));
  std::vector<ModelCall> found;
  for (int i = 0; i < rows.size(); ++i) found.push_back(call_in(rows, i));
  return found;
}

}  // namespace convoke
