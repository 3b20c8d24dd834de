#include "domain/message.hpp"

namespace convoke {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::system: return "system";
    case Role::user: return "user";
    case Role::assistant: return "assistant";
    case Role::tool: return "tool";
  }
  std::unreachable();
}

std::optional<Role> role_of(std::string_view name) {
  for (const Role role : {Role::system, Role::user, Role::assistant, Role::tool}) {
    if (name_of(role) == name) return role;
  }
  return std::nullopt;
}

std::string Message::text() const {
  std::string all;
  for (const Part& part : parts) {
    if (const Text* text = std::get_if<Text>(&part)) all += text->text;
  }
  return all;
}

std::vector<ToolCall> Message::tool_calls() const {
  std::vector<ToolCall> calls;
  for (const Part& part : parts) {
    if (const ToolCall* call = std::get_if<ToolCall>(&part)) calls.push_back(*call);
  }
  return calls;
}

Message system_message(std::string text) { return {Role::system, {Text{std::move(text)}}}; }
Message user_message(std::string text) { return {Role::user, {Text{std::move(text)}}}; }
Message assistant_message(std::string text) { return {Role::assistant, {Text{std::move(text)}}}; }
Message tool_message(ToolResult result) { return {Role::tool, {std::move(result)}}; }

namespace {

/// Every count of a Usage under its name in JSON. The first three are always written, the others where they are not 0.
struct UsageCount {
  std::string_view name;
  std::int64_t Usage::* count;
  bool always = false;
};
constexpr UsageCount usage_counts[] = {
    {"input_tokens", &Usage::input_tokens, true},         {"output_tokens", &Usage::output_tokens, true},
    {"total_tokens", &Usage::total_tokens, true},         {"cached_tokens", &Usage::cached_tokens},
    {"cache_write_tokens", &Usage::cache_write_tokens},   {"cache_write_1h_tokens", &Usage::cache_write_1h_tokens},
    {"reasoning_tokens", &Usage::reasoning_tokens},       {"audio_input_tokens", &Usage::audio_input_tokens},
    {"audio_output_tokens", &Usage::audio_output_tokens},
};

}  // namespace

Usage& Usage::operator+=(const Usage& other) {
  const bool is_first = *this == Usage{};
  if (is_first) return *this = other;
  if (other == Usage{}) return *this;
  for (const UsageCount& one : usage_counts) this->*one.count += other.*one.count;
  cost = cost && other.cost ? std::optional(*cost + *other.cost) : std::nullopt;
  estimated = estimated || other.estimated;
  return *this;
}

json::object to_json(const Usage& usage) {
  json::object object;
  for (const UsageCount& one : usage_counts) {
    if (one.always || usage.*one.count) object[one.name] = usage.*one.count;
  }
  if (usage.cost) object["cost"] = to_decimal(*usage.cost);
  if (usage.estimated) object["estimated"] = true;
  return object;
}

Usage usage_from_json(const json::value& value) {
  Usage usage;
  for (const UsageCount& one : usage_counts) usage.*one.count = find_integer(value, one.name).value_or(0);
  if (const auto cost = find_string(value, "cost")) usage.cost = parse_money(*cost);
  usage.estimated = find_bool(value, "estimated").value_or(false);
  return usage;
}

namespace {

json::object to_json(const Image& image) {
  json::object object{{"type", "image"}, {"media_type", image.media_type}};
  if (!image.data.empty()) object["data"] = image.data;
  if (!image.url.empty()) object["url"] = image.url;
  return object;
}

Image image_from_json(const json::value& value) {
  return {string_or_empty(value, "media_type"), string_or_empty(value, "data"), string_or_empty(value, "url")};
}

json::object to_json(const ToolResult& result) {
  json::object object{
      {"type", "tool_result"}, {"call_id", result.call_id}, {"name", result.name}, {"text", result.text}};
  if (result.is_error) object["is_error"] = true;
  if (!result.images.empty()) {
    json::array images;
    for (const Image& image : result.images) images.push_back(to_json(image));
    object["images"] = std::move(images);
  }
  return object;
}

ToolResult tool_result_from_json(const json::value& value) {
  ToolResult result{.call_id = string_or_empty(value, "call_id"),
                    .name = string_or_empty(value, "name"),
                    .text = string_or_empty(value, "text"),
                    .is_error = find_bool(value, "is_error").value_or(false)};
  if (const json::array* images = find_array(value, "images")) {
    for (const json::value& image : *images) result.images.push_back(image_from_json(image));
  }
  return result;
}

json::object to_json(const Part& part) {
  return std::visit(Overloaded{
                        [](const Text& p) { return json::object{{"type", "text"}, {"text", p.text}}; },
                        [](const Reasoning& p) {
                          return json::object{{"type", "reasoning"}, {"text", p.text}, {"replay", p.replay}};
                        },
                        [](const Image& p) { return to_json(p); },
                        [](const ToolCall& p) {
                          return json::object{
                              {"type", "tool_call"}, {"id", p.id}, {"name", p.name}, {"arguments", p.arguments}};
                        },
                        [](const ToolResult& p) { return to_json(p); },
                    },
                    part);
}

std::optional<Part> part_from_json(const json::value& value) {
  const std::string type = string_or_empty(value, "type");
  if (type == "text") return Text{string_or_empty(value, "text")};
  if (type == "reasoning") return Reasoning{string_or_empty(value, "text"), string_or_empty(value, "replay")};
  if (type == "image") return image_from_json(value);
  if (type == "tool_call") {
    return ToolCall{string_or_empty(value, "id"), string_or_empty(value, "name"), string_or_empty(value, "arguments")};
  }
  if (type == "tool_result") return tool_result_from_json(value);
  return std::nullopt;
}

}  // namespace

json::array to_json(const std::vector<Part>& parts) {
  json::array array;
  for (const Part& part : parts) array.push_back(to_json(part));
  return array;
}

std::vector<Part> parts_from_json(const json::value& value) {
  std::vector<Part> parts;
  if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) {
      if (auto part = part_from_json(item)) parts.push_back(std::move(*part));
    }
  }
  return parts;
}

json::array to_json(const std::vector<ToolCall>& calls) {
  json::array array;
  for (const ToolCall& call : calls) {
    array.push_back(
        {{"id", call.id}, {"type", "function"}, {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  }
  return array;
}

}  // namespace convoke
