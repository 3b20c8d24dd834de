#include "llm/openai_chat/request_encoder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "llm/json_text.hpp"
#include "llm/openai_chat/schema_encoder.hpp"

namespace convoke::openai_chat {
namespace {

void append_text_part(std::string& out, std::string_view text) {
  ObjectWriter part(out);
  part.text("type", "text");
  part.text("text", text);
}

void append_image_part(std::string& out, const Image& image) {
  ObjectWriter part(out);
  part.text("type", "image_url");
  ObjectWriter address(part.member("image_url"));
  if (image.url.empty()) {
    address.text("url", fmt::format("data:{};base64,{}", image.media_type, image.data));
  } else {
    address.text("url", image.url);
  }
}

/// A plain string where there are only words: every server takes that, not every one takes parts.
void append_content(std::string& out, const Message& message) {
  const auto is_image = [](const Part& part) { return std::holds_alternative<Image>(part); };
  if (std::ranges::none_of(message.parts, is_image)) return append_quoted(out, message.text());
  ArrayWriter parts(out);
  for (const Part& part : message.parts) {
    if (const Text* text = std::get_if<Text>(&part)) append_text_part(parts.item(), text->text);
    if (const Image* image = std::get_if<Image>(&part)) append_image_part(parts.item(), *image);
  }
}

/// True for OpenRouter's own reasoning entries. What another provider left in `replay` would be refused.
bool is_reasoning_details(std::string_view replay) {
  const auto value = parse_json(replay);
  if (!value || !value->is_array() || value->get_array().empty()) return false;
  return std::ranges::all_of(value->get_array(), [](const json::value& entry) {
    return find_string(entry, "type").value_or("").starts_with("reasoning.");
  });
}

void append_tool_calls(std::string& out, const Message& message) {
  ArrayWriter calls(out);
  for (const Part& part : message.parts) {
    const ToolCall* call = std::get_if<ToolCall>(&part);
    if (!call) continue;
    ObjectWriter object(calls.item());
    object.text("id", call->id);
    object.text("type", "function");
    ObjectWriter function(object.member("function"));
    function.text("name", call->name);
    function.text("arguments", call->arguments);
  }
}

void append_assistant(std::string& out, const Message& message, const Dialect& dialect) {
  const auto is_call = [](const Part& part) { return std::holds_alternative<ToolCall>(part); };
  const bool has_calls = std::ranges::any_of(message.parts, is_call);
  const std::string text = message.text();
  ObjectWriter object(out);
  object.text("role", "assistant");
  if (text.empty() && has_calls) {
    object.member("content") += "null";
  } else {
    object.text("content", text);
  }
  for (const Part& part : message.parts) {
    const Reasoning* reasoning = std::get_if<Reasoning>(&part);
    if (!reasoning) continue;
    if (dialect.echo_reasoning && has_calls) object.text("reasoning_content", reasoning->text);
    if (dialect.echo_reasoning_details && is_reasoning_details(reasoning->replay)) {
      object.member("reasoning_details") += reasoning->replay;
    }
  }
  if (has_calls) append_tool_calls(object.member("tool_calls"), message);
}

/// Writes the messages one after another. Pictures from tools wait until the last tool message of the turn: nothing
/// may stand between a call and its answers.
class MessageWriter {
 public:
  MessageWriter(std::string& out, const Dialect& dialect) : messages_(out), dialect_(dialect) {}

  void write(const Message& message) {
    if (message.role != Role::tool) flush_pictures();
    if (message.role == Role::tool) return write_results(message);
    if (message.role == Role::assistant) return append_assistant(messages_.item(), message, dialect_);
    ObjectWriter object(messages_.item());
    object.text("role", message.role == Role::system ? dialect_.system_role : "user");
    append_content(object.member("content"), message);
  }

  void flush_pictures() {
    if (pictures_.empty()) return;
    ObjectWriter object(messages_.item());
    object.text("role", "user");
    ArrayWriter parts(object.member("content"));
    for (const Image* picture : std::exchange(pictures_, {})) append_image_part(parts.item(), *picture);
  }

 private:
  void write_results(const Message& message) {
    for (const Part& part : message.parts) {
      const ToolResult* result = std::get_if<ToolResult>(&part);
      if (!result) continue;
      std::string text = result->is_error ? "Error: " + result->text : result->text;
      for (const Image& image : result->images) add_picture(image, text);
      if (text.empty()) text = "(no output)";  // some servers ignore or refuse an empty answer
      ObjectWriter object(messages_.item());
      object.text("role", "tool");
      object.text("tool_call_id", result->call_id);
      object.text("content", text);
    }
  }

  void add_picture(const Image& image, std::string& text) {
    pictures_.push_back(&image);
    if (!text.empty()) text += '\n';
    const std::size_t kilobytes = (image.data.size() * 3 / 4 + 1023) / 1024;
    const std::string size = image.data.empty() ? "" : fmt::format(", {} KB", kilobytes);
    text += fmt::format("[image {}: {}{}, shown below]", pictures_.size(), image.media_type, size);
  }

  ArrayWriter messages_;
  const Dialect& dialect_;
  std::vector<const Image*> pictures_;
};

void append_tools(std::string& out, const std::vector<ToolDefinition>& tools) {
  ArrayWriter array(out);
  for (const ToolDefinition& tool : tools) {
    ObjectWriter object(array.item());
    object.text("type", "function");
    ObjectWriter function(object.member("function"));
    function.text("name", tool.name);
    function.text("description", tool.description.empty() ? tool.name : tool.description);
    append_schema(function.member("parameters"), tool.parameters);
  }
}

}  // namespace

std::string encode_request(const Prompt& prompt, const Dialect& dialect) {
  std::string out;
  out.reserve(16 * 1024);
  {
    ObjectWriter body(out);
    const auto may = [&](std::string_view member) { return !dialect.refused.contains(member); };
    body.text("model", prompt.model);
    if (!prompt.tools.empty()) {
      append_tools(body.member("tools"), prompt.tools);
      if (prompt.tool_choice == ToolChoice::none && may("tool_choice")) body.text("tool_choice", "none");
      if (dialect.no_reasoning_with_tools && may("reasoning_effort")) body.text("reasoning_effort", "none");
    }
    if (may("stream")) body.member("stream") += "true";
    if (dialect.stream_usage && may("stream_options")) body.member("stream_options") += R"({"include_usage":true})";
    const bool sampling = dialect.sampling;
    if (sampling && prompt.temperature && may("temperature"))
      append_number(body.member("temperature"), *prompt.temperature);
    if (sampling && prompt.top_p && may("top_p")) append_number(body.member("top_p"), *prompt.top_p);
    const std::string_view limit = dialect.max_tokens_name;
    if (prompt.max_output_tokens && may(limit))
      append_number(body.member(limit), std::int64_t{*prompt.max_output_tokens});
    MessageWriter messages(body.member("messages"), dialect);
    for (const Message& message : prompt.messages) messages.write(message);
    messages.flush_pictures();
  }
  return out;
}

}  // namespace convoke::openai_chat
