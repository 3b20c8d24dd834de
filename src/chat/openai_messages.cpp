#include "chat/openai_messages.hpp"

#include <fmt/format.h>

#include <map>

#include "domain/event_reader.hpp"

namespace convoke {
namespace {

json::object text_part(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

json::object image_part(const Image& image) {
  const std::string url =
      image.url.empty() ? fmt::format("data:{};base64,{}", image.media_type, image.data) : image.url;
  return {{"type", "image_url"}, {"image_url", {{"url", url}}}};
}

/// A text, or a list of parts where there are pictures among it.
json::value content_of(const Message& message) {
  json::array parts;
  bool has_images = false;
  for (const Part& part : message.parts) {
    if (const Text* text = std::get_if<Text>(&part)) parts.push_back(text_part(text->text));
    if (const Image* image = std::get_if<Image>(&part)) {
      parts.push_back(image_part(*image));
      has_images = true;
    }
  }
  if (has_images) return parts;
  return message.text().empty() && message.role == Role::assistant ? json::value(nullptr) : json::value(message.text());
}

/// Puts the events of a conversation together, message by message.
class Reading {
 public:
  Reading(const std::string& id, WallTime now) : id_(id), now_(now) {}

  Result<void> take(const json::object& message, const std::string& where) {
    const FieldReader fields(message, where);
    TRY(const std::string role, fields.text("role"));
    if (role == "system" || role == "developer") {
      ++read_.left_out;
      return {};
    }
    if (role == "user") return take_question(fields);
    if (role != "assistant" && role != "tool") {
      return fields.wrong("role", "one of system, developer, user, assistant, tool");
    }
    if (turns_ == 0) return fields.wrong("role", "user: a conversation begins with a question");
    return role == "assistant" ? take_answer(fields) : take_result(fields);
  }

  OpenAiConversation done() {
    end_turn();
    return std::move(read_);
  }

 private:
  Event& add(EventType type, Message message = {}) {
    Event& event = read_.events.emplace_back();
    event.type = type;
    event.timestamp = now_;
    event.request_id = fmt::format("{}{}", id_, turns_);
    event.message = std::move(message);
    return event;
  }

  void end_turn() {
    if (turns_ == 0) return;
    add(EventType::turn_completed).details = {{"finish_reason", "stop"}, {"imported", true}};
    calls_.clear();
  }

  /// Questions that follow each other without an answer are one.
  Result<void> take_question(const FieldReader& fields) {
    TRY(std::vector<Part> parts, read_content(fields));
    if (parts.empty()) return fields.wrong("content", "words or pictures");
    if (!read_.events.empty() && read_.events.back().type == EventType::user_message) {
      auto& before = read_.events.back().message.parts;
      before.push_back(Text{"\n\n"});
      std::ranges::move(parts, std::back_inserter(before));
      return {};
    }
    end_turn();
    ++turns_;
    add(EventType::user_message, {Role::user, std::move(parts)});
    return {};
  }

  Result<void> take_answer(const FieldReader& fields) {
    TRY(std::vector<Part> parts, read_content(fields));
    TRY(const std::string refusal, fields.optional_text("refusal"));
    if (!refusal.empty()) parts.push_back(Text{refusal});
    TRY(const json::array* list, fields.optional_array("tool_calls"));
    std::vector<ToolCall> calls;
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      TRY(ToolCall call, read_call((*list)[i], fmt::format("{}[{}]", fields.path("tool_calls"), i)));
      calls_[call.id] = call.name;
      calls.push_back(std::move(call));
    }
    std::ranges::copy(calls, std::back_inserter(parts));
    if (parts.empty()) return {};  // said nothing
    add(EventType::assistant_message, {Role::assistant, std::move(parts)});
    for (ToolCall& call : calls) add(EventType::tool_call, {Role::assistant, {std::move(call)}});
    return {};
  }

  Result<void> take_result(const FieldReader& fields) {
    TRY(std::string call_id, fields.text("tool_call_id"));
    const auto call = calls_.find(call_id);
    if (call == calls_.end()) return fields.wrong("tool_call_id", "the id of a call before it in this turn");
    TRY(const std::vector<Part> parts, read_content(fields));
    Message words{Role::tool, parts};
    add(EventType::tool_result, tool_message({.call_id = call->first, .name = call->second, .text = words.text()}));
    return {};
  }

  static Result<ToolCall> read_call(const json::value& value, const std::string& where) {
    if (!value.is_object())
      return fail(Errc::invalid_input, fmt::format("{}: is {}; expected an object", where, kind_of(value)));
    const FieldReader fields(value.get_object(), where);
    TRY(std::string id, fields.text("id"));
    TRY(const json::object* function, fields.optional_object("function"));
    if (!function) return fields.wrong("function", "an object with name and arguments");
    const FieldReader called(*function, fields.path("function"));
    TRY(std::string name, called.text("name"));
    TRY(std::string arguments, called.text("arguments"));
    return ToolCall{std::move(id), std::move(name), std::move(arguments)};
  }

  /// A text, null, or a list of parts.
  static Result<std::vector<Part>> read_content(const FieldReader& fields) {
    std::vector<Part> parts;
    const json::value* content = fields.find("content");
    if (!content) return parts;
    if (content->is_string()) {
      if (!content->get_string().empty()) parts.push_back(Text{std::string(content->get_string())});
      return parts;
    }
    TRY(const json::array* list, fields.optional_array("content"));
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string where = fmt::format("{}[{}]", fields.path("content"), i);
      if (!(*list)[i].is_object()) return fail(Errc::invalid_input, where + ": expected an object");
      TRY(Part part, read_part(FieldReader((*list)[i].get_object(), where)));
      parts.push_back(std::move(part));
    }
    return parts;
  }

  static Result<Part> read_part(const FieldReader& fields) {
    TRY(const std::string type, fields.text("type"));
    if (type == "text" || type == "input_text" || type == "output_text" || type == "refusal") {
      TRY(std::string text, fields.text(type == "refusal" ? "refusal" : "text"));
      return Text{std::move(text)};
    }
    if (type != "image_url") return fields.wrong("type", "text or image_url");
    TRY(const json::object* address, fields.optional_object("image_url"));
    if (!address) return fields.wrong("image_url", "an object with url");
    TRY(std::string url, FieldReader(*address, fields.path("image_url")).text("url"));
    constexpr std::string_view encoding = ";base64,";
    const auto comma = url.find(encoding);
    const bool is_data = url.starts_with("data:") && comma != std::string::npos;
    Image image = is_data ? Image{url.substr(5, comma - 5), url.substr(comma + encoding.size()), {}}
                          : Image{{}, {}, std::move(url)};
    if (image.data.empty() && image.url.empty()) {
      return fields.wrong("image_url", "an object with url: an address, or a data URL that is not empty");
    }
    return image;
  }

  const std::string& id_;
  WallTime now_;
  OpenAiConversation read_;
  std::map<std::string, std::string> calls_;  ///< of this turn: the names of the tools, by id
  int turns_ = 0;
};

}  // namespace

std::vector<json::object> openai_messages(const Message& message) {
  std::vector<json::object> objects;
  for (const Part& part : message.parts) {
    if (const ToolResult* result = std::get_if<ToolResult>(&part)) {
      objects.push_back({{"role", "tool"}, {"tool_call_id", result->call_id}, {"content", result->text}});
    }
  }
  if (message.role == Role::tool) return objects;
  json::object object{{"role", name_of(message.role)}, {"content", content_of(message)}};
  if (const auto calls = message.tool_calls(); !calls.empty()) object["tool_calls"] = to_json(calls);
  objects.insert(objects.begin(), std::move(object));
  return objects;
}

Result<OpenAiConversation> read_openai_conversation(const json::value& value, const std::string& id, WallTime now) {
  const json::array* messages = value.is_array() ? &value.get_array() : find_array(value, "messages");
  if (!messages) {
    return fail(Errc::invalid_input, "messages: is missing; expected an object with a list \"messages\"");
  }
  Reading reading(id, now);
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const std::string where = fmt::format("messages[{}]", i);
    if (!(*messages)[i].is_object()) {
      return fail(Errc::invalid_input, fmt::format("{}: is {}; expected an object", where, kind_of((*messages)[i])));
    }
    CHECK_OK(reading.take((*messages)[i].get_object(), where));
  }
  OpenAiConversation read = reading.done();
  if (read.events.empty()) return fail(Errc::invalid_input, "messages: has no question");
  return read;
}

Result<std::vector<OpenAiConversation>> read_openai_file(std::string_view text, const std::string& id, WallTime now) {
  std::vector<OpenAiConversation> conversations;
  const auto whole = parse_json(text);
  if (whole) {
    TRY(OpenAiConversation read, read_openai_conversation(*whole, id, now));
    conversations.push_back(std::move(read));
    return conversations;
  }
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto value = parse_json(line);
    if (!value && conversations.empty()) return fail(Errc::invalid_input, "the file is " + whole.error().message);
    const std::string where = fmt::format("line {}", number);
    if (!value) return fail(Errc::invalid_input, fmt::format("{}: {}", where, value.error().message));
    auto read = during(where, read_openai_conversation(*value, fmt::format("{}_{}_", id, number), now));
    if (!read) return fail(std::move(read).error());
    conversations.push_back(*std::move(read));
  }
  return conversations;
}

}  // namespace convoke
