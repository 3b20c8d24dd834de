#include "llm/openai_chat/request_encoder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convoke::openai_chat {
namespace {

json::object text_part(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

json::object image_part(const Image& image) {
  const std::string url =
      image.url.empty() ? fmt::format("data:{};base64,{}", image.media_type, image.data) : image.url;
  return {{"type", "image_url"}, {"image_url", {{"url", url}}}};
}

/// A plain string where there are only words: every server takes that, not every one takes parts.
json::value content_of(const Message& message) {
  const auto is_image = [](const Part& part) { return std::holds_alternative<Image>(part); };
  if (std::ranges::none_of(message.parts, is_image)) return json::value(message.text());
  json::array parts;
  for (const Part& part : message.parts) {
    if (const Text* text = std::get_if<Text>(&part)) parts.emplace_back(text_part(text->text));
    if (const Image* image = std::get_if<Image>(&part)) parts.emplace_back(image_part(*image));
  }
  return parts;
}

/// OpenRouter's own reasoning entries. What another provider left in `replay` is not theirs and would be refused.
std::optional<json::array> reasoning_details_of(const Reasoning& reasoning) {
  boost::system::error_code error;
  const json::value value = json::parse(reasoning.replay, error);
  if (error || !value.is_array() || value.get_array().empty()) return std::nullopt;
  for (const json::value& entry : value.get_array()) {
    if (!find_string(entry, "type").value_or("").starts_with("reasoning.")) return std::nullopt;
  }
  return value.get_array();
}

json::object encode_assistant(const Message& message, const Dialect& dialect) {
  const std::vector<ToolCall> calls = message.tool_calls();
  const std::string text = message.text();
  json::object encoded{{"role", "assistant"}};
  encoded["content"] = text.empty() && !calls.empty() ? json::value(nullptr) : json::value(text);
  for (const Part& part : message.parts) {
    const Reasoning* reasoning = std::get_if<Reasoning>(&part);
    if (!reasoning) continue;
    if (dialect.echo_reasoning && !calls.empty()) encoded["reasoning_content"] = reasoning->text;
    if (!dialect.echo_reasoning_details) continue;
    if (auto details = reasoning_details_of(*reasoning)) encoded["reasoning_details"] = std::move(*details);
  }
  if (!calls.empty()) encoded["tool_calls"] = to_json(calls);
  return encoded;
}

/// Writes the messages one after another. Pictures from tools wait until the last tool message of the turn: nothing
/// may stand between a call and its answers.
class MessageWriter {
 public:
  MessageWriter(const Dialect& dialect, json::array& messages) : dialect_(dialect), messages_(messages) {}

  void write(const Message& message) {
    if (message.role != Role::tool) flush_pictures();
    switch (message.role) {
      case Role::system: messages_.push_back({{"role", dialect_.system_role}, {"content", message.text()}}); break;
      case Role::user: messages_.push_back({{"role", "user"}, {"content", content_of(message)}}); break;
      case Role::assistant: messages_.emplace_back(encode_assistant(message, dialect_)); break;
      case Role::tool: write_results(message); break;
    }
  }

  void flush_pictures() {
    if (pictures_.empty()) return;
    messages_.push_back({{"role", "user"}, {"content", std::exchange(pictures_, {})}});
  }

 private:
  void write_results(const Message& message) {
    for (const Part& part : message.parts) {
      const ToolResult* result = std::get_if<ToolResult>(&part);
      if (!result) continue;
      std::string text = result->is_error ? "Error: " + result->text : result->text;
      for (const Image& image : result->images) add_picture(image, text);
      if (text.empty()) text = "(no output)";  // some servers ignore or refuse an empty answer
      messages_.push_back({{"role", "tool"}, {"tool_call_id", result->call_id}, {"content", text}});
    }
  }

  void add_picture(const Image& image, std::string& text) {
    if (!text.empty()) text += '\n';
    const std::string size =
        image.data.empty() ? "" : fmt::format(", {} KB", (image.data.size() * 3 / 4 + 1023) / 1024);
    text += fmt::format("[image {}: {}{}, shown below]", pictures_.size() + 1, image.media_type, size);
    pictures_.emplace_back(image_part(image));
  }

  const Dialect& dialect_;
  json::array& messages_;
  json::array pictures_;
};

json::array encode_messages(const Prompt& prompt, const Dialect& dialect) {
  json::array messages;
  messages.reserve(prompt.messages.size());
  MessageWriter writer(dialect, messages);
  for (const Message& message : prompt.messages) writer.write(message);
  writer.flush_pictures();
  return messages;
}

json::array encode_tools(const std::vector<ToolDefinition>& tools) {
  json::array encoded;
  encoded.reserve(tools.size());
  for (const ToolDefinition& tool : tools) {
    encoded.push_back({{"type", "function"},
                       {"function",
                        {{"name", tool.name},
                         {"description", tool.description.empty() ? tool.name : tool.description},
                         {"parameters", encode_schema(tool.parameters)}}}});
  }
  return encoded;
}

}  // namespace

std::string encode_request(const Prompt& prompt, const Dialect& dialect) {
  json::object body{{"model", prompt.model}};
  const auto set = [&](std::string_view name, json::value value) {
    if (!dialect.refused.contains(name)) body[name] = std::move(value);
  };
  // Tools before messages: a cut of the text at the last message is then the start of the next request.
  if (!prompt.tools.empty()) {
    body["tools"] = encode_tools(prompt.tools);
    if (prompt.tool_choice == ToolChoice::none) set("tool_choice", "none");
    if (dialect.no_reasoning_with_tools) set("reasoning_effort", "none");
  }
  set("stream", true);
  if (dialect.stream_usage) set("stream_options", json::object{{"include_usage", true}});
  if (dialect.sampling && prompt.temperature) set("temperature", *prompt.temperature);
  if (dialect.sampling && prompt.top_p) set("top_p", *prompt.top_p);
  if (prompt.max_output_tokens) set(dialect.max_tokens_name, *prompt.max_output_tokens);
  body["messages"] = encode_messages(prompt, dialect);
  return json::serialize(body);
}

}  // namespace convoke::openai_chat
