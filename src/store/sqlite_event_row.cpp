#include "store/sqlite_event_row.hpp"

#include <fmt/format.h>

#include "store/event_columns.hpp"

namespace convoke {
namespace {

enum Column {
  id,
  conversation_id,
  seq_column,
  parent_column,
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
  details,
  branch_column
};

SqliteValue or_null(std::optional<std::string_view> text) { return text ? SqliteValue(*text) : SqliteValue(nullptr); }

EventColumns columns_in(const SqliteRows& row) {
  const auto text = [&](int column) { return row.is_null(column) ? std::nullopt : std::optional(row.text(column)); };
  return {.role = text(role),
          .content = text(content),
          .tool_calls = text(tool_calls),
          .tool_call_id = text(tool_call_id),
          .tool_name = text(tool_name),
          .is_error = row.integer(is_error) != 0,
          .parts = text(parts),
          .model = text(model),
          .usage = text(usage),
          .details = text(details)};
}

Result<Event> read_row(const SqliteRows& row) {
  Event event{.id = row.integer(id),
              .conversation_id = std::string(row.text(conversation_id)),
              .seq = row.integer(seq_column),
              .parent = row.integer(parent_column),
              .branch = row.integer(branch_column),
              .request_id = std::string(row.text(request_id)),
              .token_count = row.integer(token_count)};
  TRY(event.timestamp, from_iso8601(row.text(timestamp)));
  const auto known_type = event_type_of(row.text(type));
  if (!known_type) return fail(Errc::internal, fmt::format("unknown type '{}'", row.text(type)));
  event.type = *known_type;
  CHECK_OK(read_columns(columns_in(row), event));
  return event;
}

}  // namespace

Result<void> insert_event(SqliteStatement& insert, const Event& event, const Placement& place) {
  const WrittenColumns columns(event);
  const std::string time = to_iso8601(event.timestamp);
  return insert.run({
      event.conversation_id,
      place.seq,
      place.parent,
      time,
      name_of(event.type),
      event.request_id,
      or_null(columns->role),
      or_null(columns->content),
      or_null(columns->tool_calls),
      or_null(columns->tool_call_id),
      or_null(columns->tool_name),
      columns->is_error ? SqliteValue(std::int64_t{*columns->is_error}) : SqliteValue(nullptr),
      or_null(columns->parts),
      or_null(columns->model),
      or_null(columns->usage),
      event.token_count,
      or_null(columns->details),
      place.branch,
  });
}

Sequence seq_of(const SqliteRows& row) { return row.integer(seq_column); }

Result<Event> read_event(const SqliteRows& row) {
  return during(fmt::format("event {} of '{}'", row.integer(id), row.text(conversation_id)), read_row(row));
}

}  // namespace convoke
