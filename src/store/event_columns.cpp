#include "store/event_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace convoke {
namespace {

/// True for words followed by tool calls, each of which may be missing: what the columns can express.
bool is_words_then_calls(const std::vector<Part>& parts) {
  const auto first_call = parts.begin() + (!parts.empty() && std::holds_alternative<Text>(parts.front()));
  return std::all_of(first_call, parts.end(), [](const Part& part) { return std::holds_alternative<ToolCall>(part); });
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
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

Result<std::vector<Part>> read_parts(const EventColumns& columns) {
  if (columns.parts) {
    TRY(const json::value value, parse_column(*columns.parts));
    return parts_from_json(value);
  }
  if (columns.tool_call_id) {
    return std::vector<Part>{ToolResult{.call_id = std::string(*columns.tool_call_id),
                                        .name = std::string(columns.tool_name.value_or("")),
                                        .text = std::string(columns.content.value_or("")),
                                        .is_error = columns.is_error.value_or(false)}};
  }
  std::vector<Part> found;
  if (columns.content) found.push_back(Text{std::string(*columns.content)});
  if (columns.tool_calls) {
    TRY(auto calls, read_calls(*columns.tool_calls));
    std::ranges::move(calls, std::back_inserter(found));
  }
  return found;
}

Result<Message> read_message(const EventColumns& columns) {
  if (!columns.role) return Message{};
  const auto known_role = role_of(*columns.role);
  if (!known_role) return fail(Errc::internal, fmt::format("unknown role '{}'", *columns.role));
  TRY(auto found, read_parts(columns));
  return Message{*known_role, std::move(found)};
}

}  // namespace

WrittenColumns::WrittenColumns(const Event& event) {
  if (event.message != Message{}) columns_.role = name_of(event.message.role);
  if (!event.message.parts.empty()) take_message(event.message);
  columns_.model = unless_empty(event.model);
  if (event.usage) columns_.usage = usage_ = json::serialize(to_json(*event.usage));
  if (!event.details.empty()) columns_.details = details_ = json::serialize(event.details.object());
}

void WrittenColumns::take_message(const Message& message) {
  const auto& parts = message.parts;
  const ToolResult* result = parts.size() == 1 ? std::get_if<ToolResult>(&parts.front()) : nullptr;
  const bool words_then_calls = !result && is_words_then_calls(parts);
  if (!words_then_calls && !(result && result->images.empty())) {
    columns_.parts = parts_ = json::serialize(to_json(parts));
  }
  if (result) {
    columns_.content = result->text;
    columns_.tool_call_id = result->call_id;
    columns_.tool_name = unless_empty(result->name);
    columns_.is_error = result->is_error;
    return;
  }
  if (words_then_calls) {
    const Text* text = std::get_if<Text>(&parts.front());
    if (text) columns_.content = text->text;
    if (parts.size() == (text ? 1U : 0U)) return;
  } else {
    columns_.content = words_ = message.text();
  }
  if (const auto calls = message.tool_calls(); !calls.empty()) {
    columns_.tool_calls = calls_ = json::serialize(to_json(calls));
  }
}

Result<void> read_columns(const EventColumns& columns, Event& event) {
  TRY(event.message, read_message(columns));
  event.model = columns.model.value_or("");
  if (columns.usage) {
    TRY(const json::value value, parse_column(*columns.usage));
    event.usage = usage_from_json(value);
  }
  if (columns.details) {
    TRY(json::value value, parse_column(*columns.details));
    if (!value.is_object()) return fail(Errc::internal, "details is no object");
    event.details = std::move(value.get_object());
  }
  return {};
}

Result<Retention> read_retention(std::string_view text) {
  TRY(const json::value value, parse_column(text));
  return during("a conversation's retention", retention_from_json(value));
}

}  // namespace convoke
