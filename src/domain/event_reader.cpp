#include "domain/event_reader.hpp"

#include <fmt/format.h>

namespace convoke {
namespace {

constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t max_tokens = std::int64_t{1} << 40;
constexpr std::size_t max_request_id_bytes = 256;

Result<Image> read_image(const FieldReader& fields) {
  TRY(std::string media_type, fields.optional_text("media_type"));
  TRY(std::string data, fields.optional_text("data"));
  TRY(std::string url, fields.optional_text("url"));
  if (!data.empty() && !url.empty()) return fields.wrong("url", "nothing beside data");
  return Image{std::move(media_type), std::move(data), std::move(url)};
}

Result<std::vector<Image>> read_images(const FieldReader& fields) {
  TRY(const json::array* list, fields.optional_array("images"));
  std::vector<Image> images;
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const std::string where = fmt::format("{}[{}]", fields.path("images"), i);
    if (!(*list)[i].is_object()) return fail(Errc::invalid_input, where + ": expected an object");
    TRY(Image image, read_image(FieldReader((*list)[i].get_object(), where)));
    images.push_back(std::move(image));
  }
  return images;
}

Result<Part> read_part(const FieldReader& fields) {
  TRY(const std::string type, fields.text("type"));
  if (type == "text") {
    TRY(std::string text, fields.text("text"));
    return Text{std::move(text)};
  }
  if (type == "reasoning") {
    TRY(std::string text, fields.text("text"));
    TRY(std::string replay, fields.optional_text("replay"));
    return Reasoning{std::move(text), std::move(replay)};
  }
  if (type == "image") return read_image(fields);
  if (type == "tool_call") {
    TRY(std::string id, fields.text("id"));
    TRY(std::string name, fields.text("name"));
    TRY(std::string arguments, fields.text("arguments"));
    return ToolCall{std::move(id), std::move(name), std::move(arguments)};
  }
  if (type == "tool_result") {
    TRY(std::string call_id, fields.text("call_id"));
    TRY(std::string name, fields.text("name"));
    TRY(std::string text, fields.text("text"));
    TRY(auto images, read_images(fields));
    TRY(const bool is_error, fields.optional_flag("is_error"));
    return ToolResult{std::move(call_id), std::move(name), std::move(text), std::move(images), is_error};
  }
  return fields.wrong("type", "one of text, reasoning, image, tool_call, tool_result");
}

Result<Message> read_message(const FieldReader& fields) {
  TRY(const json::array* parts, fields.optional_array("parts"));
  if (!parts) return Message{};
  TRY(const std::string name, fields.text("role"));
  const auto role = role_of(name);
  if (!role) return fields.wrong("role", "one of system, user, assistant, tool");
  TRY(auto read, read_parts(*parts, fields.path("parts")));
  return Message{*role, std::move(read)};
}

Result<std::optional<Usage>> read_usage(const FieldReader& fields) {
  TRY(const json::object* object, fields.optional_object("usage"));
  if (!object) return std::nullopt;
  const FieldReader usage(*object, fields.path("usage"));
  for (const auto& [name, value] : *object) {
    if (name == "cost" || name == "estimated") continue;
    CHECK_OK(usage.optional_number(name, 0, 0, max_tokens));
  }
  TRY(const std::string cost, usage.optional_text("cost"));
  if (!cost.empty() && !parse_money(cost)) return usage.wrong("cost", "dollars as decimal text");
  CHECK_OK(usage.optional_flag("estimated"));
  return usage_from_json(*object);
}

}  // namespace

Result<std::vector<Part>> read_parts(const json::array& parts, const std::string& where) {
  std::vector<Part> read;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", where, i);
    if (!parts[i].is_object()) {
      return fail(Errc::invalid_input, fmt::format("{}: is {}; expected an object", place, kind_of(parts[i])));
    }
    TRY(Part part, read_part(FieldReader(parts[i].get_object(), place)));
    read.push_back(std::move(part));
  }
  return read;
}

Result<Event> read_event(const json::object& object) {
  const FieldReader fields(object);
  Event event;
  TRY(event.seq, fields.number("seq", 1, any_number));
  TRY(event.parent, fields.number("parent", 0, any_number));
  TRY(const std::string time, fields.text("timestamp"));
  const auto timestamp = from_iso8601(time);
  if (!timestamp) return fields.wrong("timestamp", "a time such as 2026-11-23T18:04:48.123Z");
  event.timestamp = *timestamp;
  TRY(const std::string name, fields.text("type"));
  const auto type = event_type_of(name);
  if (!type) return fields.wrong("type", "a type of event: user_message, assistant_message, turn_completed, …");
  event.type = *type;
  TRY(event.request_id, fields.text("request_id"));
  if (event.request_id.size() > max_request_id_bytes) {
    return fields.wrong("request_id", fmt::format("at most {} bytes", max_request_id_bytes));
  }
  TRY(event.message, read_message(fields));
  TRY(event.model, fields.optional_text("model"));
  TRY(event.usage, read_usage(fields));
  TRY(event.token_count, fields.optional_number("token_count", 0, 0, max_tokens));
  TRY(const json::object* details, fields.optional_object("details"));
  if (details) event.details = *details;
  return event;
}

}  // namespace convoke
