#include "store/sqlite_event_row.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

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

/// The texts of a message's columns. Most are absent, and only what is present is built.
struct MessageColumns {
  std::optional<std::string_view> plain_text;  ///< borrowed from the message
  std::optional<std::string> joined_text;
  std::optional<std::string> calls;
  const ToolResult* result = nullptr;
  std::optional<std::string> all_parts;

  SqliteValue content() const;
};

SqliteValue or_null(const std::optional<std::string>& text) {
  return text ? SqliteValue(std::string_view(*text)) : SqliteValue(nullptr);
}

SqliteValue text_or_null(std::string_view text) { return text.empty() ? SqliteValue(nullptr) : SqliteValue(text); }

SqliteValue MessageColumns::content() const {
  if (plain_text) return *plain_text;
  if (result) return std::string_view(result->text);
  return or_null(joined_text);
}

/// True for words followed by tool calls, each of which may be missing: what the columns can express.
bool is_words_then_calls(const std::vector<Part>& parts) {
  const auto first_call = parts.begin() + (!parts.empty() && std::holds_alternative<Text>(parts.front()));
  return std::all_of(first_call, parts.end(), [](const Part& part) { return std::holds_alternative<ToolCall>(part); });
}

MessageColumns columns_of(const Message& message) {
  MessageColumns columns;
  const auto& parts = message.parts;
  if (parts.empty()) return columns;
  columns.result = parts.size() == 1 ? std::get_if<ToolResult>(&parts.front()) : nullptr;
  const bool words_then_calls = !columns.result && is_words_then_calls(parts);
  if (!words_then_calls && !(columns.result && columns.result->images.empty())) {
    columns.all_parts = json::serialize(to_json(parts));
  }
  if (columns.result) return columns;
  if (words_then_calls) {
    if (const Text* text = std::get_if<Text>(&parts.front())) columns.plain_text = text->text;
    if (parts.size() == (columns.plain_text ? 1U : 0U)) return columns;
  } else {
    columns.joined_text = message.text();
  }
  if (const auto calls = message.tool_calls(); !calls.empty()) columns.calls = json::serialize(to_json(calls));
  return columns;
}

/// The JSON in a column of ours. It may hold bytes that are not UTF-8, as models and tools send them.
Result<json::value> parse_column(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  options.max_depth = 10'000;  // it was a value of ours before: whatever its depth, it can be read back
  json::value value = json::parse(text, error, {}, options);
  if (error) return fail(Errc::internal, "not JSON: " + error.message());
  return value;
}

Result<std::vector<Part>> read_calls(std::string_view text) {
  TRY(const json::value calls, parse_column(text));
  std::vector<Part> found;
  const json::array* array = calls.if_array();
  if (!array) return fail(Errc::internal, "tool_calls is no array");
  for (const json::value& call : *array) {
    const json::value* function = find(call, "function");
    if (!function) return fail(Errc::internal, "a tool call without function");
    found.push_back(ToolCall{string_or_empty(call, "id"), string_or_empty(*function, "name"),
                             string_or_empty(*function, "arguments")});
  }
  return found;
}

Result<std::vector<Part>> read_parts(const SqliteRows& row) {
  if (!row.is_null(parts)) {
    TRY(const json::value value, parse_column(row.text(parts)));
    return parts_from_json(value);
  }
  if (!row.is_null(tool_call_id)) {
    return std::vector<Part>{ToolResult{.call_id = std::string(row.text(tool_call_id)),
                                        .name = std::string(row.text(tool_name)),
                                        .text = std::string(row.text(content)),
                                        .is_error = row.integer(is_error) != 0}};
  }
  std::vector<Part> found;
  if (!row.is_null(content)) found.push_back(Text{std::string(row.text(content))});
  if (!row.is_null(tool_calls)) {
    TRY(auto calls, read_calls(row.text(tool_calls)));
    std::ranges::move(calls, std::back_inserter(found));
  }
  return found;
}

Result<Message> read_message(const SqliteRows& row) {
  if (row.is_null(role)) return Message{};
  const auto known_role = role_of(row.text(role));
  if (!known_role) return fail(Errc::internal, fmt::format("unknown role '{}'", row.text(role)));
  TRY(auto found, read_parts(row));
  return Message{*known_role, std::move(found)};
}

Result<Event> read_columns(const SqliteRows& row) {
  Event event{.id = row.integer(id),
              .conversation_id = std::string(row.text(conversation_id)),
              .seq = row.integer(seq_column),
              .parent = row.integer(parent_column),
              .branch = row.integer(branch_column),
              .request_id = std::string(row.text(request_id)),
              .model = std::string(row.text(model)),
              .token_count = row.integer(token_count)};
  TRY(event.timestamp, from_iso8601(row.text(timestamp)));
  const auto known_type = event_type_of(row.text(type));
  if (!known_type) return fail(Errc::internal, fmt::format("unknown type '{}'", row.text(type)));
  event.type = *known_type;
  TRY(event.message, read_message(row));
  if (!row.is_null(usage)) {
    TRY(const json::value value, parse_column(row.text(usage)));
    event.usage = usage_from_json(value);
  }
  if (!row.is_null(details)) {
    TRY(const json::value value, parse_column(row.text(details)));
    if (!value.is_object()) return fail(Errc::internal, "details is no object");
    event.details = value.get_object();
  }
  return event;
}

}  // namespace

Result<void> insert_event(SqliteStatement& insert, const Event& event, const Placement& place) {
  const MessageColumns message = columns_of(event.message);
  const std::string time = to_iso8601(event.timestamp);
  const std::string usage_json = event.usage ? json::serialize(to_json(*event.usage)) : "";
  const std::string details_json = event.details.empty() ? "" : json::serialize(event.details);
  const ToolResult* result = message.result;
  const SqliteValue none = nullptr;
  return insert.run({
      event.conversation_id,
      place.seq,
      place.parent,
      time,
      name_of(event.type),
      event.request_id,
      event.message == Message{} ? none : SqliteValue(name_of(event.message.role)),
      message.content(),
      or_null(message.calls),
      result ? SqliteValue(result->call_id) : none,
      result ? text_or_null(result->name) : none,
      result ? SqliteValue(std::int64_t{result->is_error}) : none,
      or_null(message.all_parts),
      text_or_null(event.model),
      text_or_null(usage_json),
      event.token_count,
      text_or_null(details_json),
      place.branch,
  });
}

Result<Retention> read_retention(std::string_view text) {
  TRY(const json::value value, parse_column(text));
  return during("a conversation's retention", retention_from_json(value));
}

Sequence seq_of(const SqliteRows& row) { return row.integer(seq_column); }

Result<Event> read_event(const SqliteRows& row) {
  return during(fmt::format("event {} of '{}'", row.integer(id), row.text(conversation_id)), read_columns(row));
}

}  // namespace convoke
