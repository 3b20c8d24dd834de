#include "store/postgres/event_row.hpp"

#include <fmt/format.h>

#include "store/event_columns.hpp"

namespace convoke {
namespace {

enum Column {
  id_column,
  conversation_id,
  seq,
  parent,
  branch,
  timestamp,
  type,
  request_id,
  role,
  content,
  tool_calls,
  tool_call_id,
  tool_name,
  is_error,
  parts,
  model,
  usage,
  token_count,
  details
};

PostgresValue or_null(std::optional<std::string_view> text) {
  return text ? PostgresValue(*text) : PostgresValue(nullptr);
}

Result<Event> read_row(const PostgresRows& rows, int row) {
  Event event{.id = rows.integer(row, id_column),
              .conversation_id = rows.text(row, conversation_id),
              .seq = rows.integer(row, seq),
              .parent = rows.integer(row, parent),
              .branch = rows.integer(row, branch),
              .timestamp = rows.time(row, timestamp),
              .request_id = rows.text(row, request_id),
              .token_count = rows.integer(row, token_count)};
  const std::string name = rows.text(row, type);
  const auto known_type = event_type_of(name);
  if (!known_type) return fail(Errc::internal, fmt::format("unknown type '{}'", name));
  event.type = *known_type;
  std::optional<std::string> texts[details + 1];
  for (const Column column : {role, content, tool_calls, tool_call_id, tool_name, parts, model, usage, details}) {
    texts[column] = rows.text_or_null(row, column);
  }
  CHECK_OK(read_columns({.role = texts[role],
                         .content = texts[content],
                         .tool_calls = texts[tool_calls],
                         .tool_call_id = texts[tool_call_id],
                         .tool_name = texts[tool_name],
                         .is_error = rows.boolean(row, is_error),
                         .parts = texts[parts],
                         .model = texts[model],
                         .usage = texts[usage],
                         .details = texts[details]},
                        event));
  return event;
}

}  // namespace

void insert_event(PostgresConnection& connection, const Event& event, std::int64_t id, const Placement& place,
                  const std::optional<std::string>& words) {
  const WrittenColumns columns(event);
  connection.send(
      "INSERT INTO chat_events (id, conversation_id, seq, parent, branch, timestamp, type, request_id, role, content, "
      "tool_calls, tool_call_id, tool_name, is_error, parts, model, usage, token_count, details, words) VALUES "
      "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20::text::tsvector)",
      {
          id,
          event.conversation_id,
          place.seq,
          place.parent,
          place.branch,
          event.timestamp,
          name_of(event.type),
          event.request_id,
          or_null(columns->role),
          or_null(columns->content),
          or_null(columns->tool_calls),
          or_null(columns->tool_call_id),
          or_null(columns->tool_name),
          columns->is_error ? PostgresValue(*columns->is_error) : PostgresValue(nullptr),
          or_null(columns->parts),
          or_null(columns->model),
          or_null(columns->usage),
          event.token_count,
          or_null(columns->details),
          or_null(words),
      });
}

Result<Event> read_event(const PostgresRows& rows, int row) {
  return during(fmt::format("event {} of '{}'", rows.integer(row, id_column), rows.text(row, conversation_id)),
                read_row(rows, row));
}

Result<std::vector<Event>> read_events(const PostgresRows& rows) {
  std::vector<Event> events;
  for (int row = 0; row < rows.size(); ++row) {
    TRY(Event event, read_event(rows, row));
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace convoke
