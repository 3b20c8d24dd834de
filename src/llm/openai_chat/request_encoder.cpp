#include "llm/openai_chat/request_encoder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "llm/call_ids.hpp"
#include "llm/json_text.hpp"
#include "llm/picture_text.hpp"
#include "llm/replay.hpp"
#include "llm/schema_encoder.hpp"

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
void append_content(std::string& out, const Message& message, const Dialect& dialect) {
  const auto is_image = [](const Part& part) { return std::holds_alternative<Image>(part); };
  const bool has_images = std::ranges::any_of(message.parts, is_image);
  if (!has_images) return append_quoted(out, message.text());
  if (!dialect.images) return append_quoted(out, with_pictures_named(message));
  ArrayWriter parts(out);
  for (const Part& part : message.parts) {
    if (const Text* text = std::get_if<Text>(&part)) append_text_part(parts.item(), text->text);
    if (const Image* image = std::get_if<Image>(&part)) append_image_part(parts.item(), *image);
  }
}

void append_tool_calls(std::string& out, const Message& message, const Dialect& dialect) {
  ArrayWriter calls(out);
  for (const Part& part : message.parts) {
    const ToolCall* call = std::get_if<ToolCall>(&part);
    if (!call) continue;
    ObjectWriter object(calls.item());
    object.text("id", portable_call_id(call->id, dialect.call_id_size));
    object.text("type", "function");
    ObjectWriter function(object.member("function"));
    function.text("name", call->name);
    function.text("arguments", call->arguments);
  }
}

void append_assistant(std::string& out, const Message& message, std::string_view model, const Dialect& dialect) {
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
    if (!dialect.echo_reasoning_details) continue;
    const std::string details = replay_for(replay_wire, model, reasoning->replay);
    if (!details.empty()) object.member("reasoning_details") += details;
  }
  if (has_calls) append_tool_calls(object.member("tool_calls"), message, dialect);
}

/// Writes the messages one after another. Pictures from tools wait until the last tool message of the turn: nothing
/// may stand between a call and its answers.
class MessageWriter {
 public:
  MessageWriter(std::string& out, std::string_view model, const Dialect& dialect)
      : messages_(out), model_(model), dialect_(dialect) {}

  void write(const Message& message) {
    if (message.role != Role::tool) flush_pictures();
    if (message.role == Role::tool) return write_results(message);
    if (message.role == Role::assistant) return append_assistant(messages_.item(), message, model_, dialect_);
    ObjectWriter object(messages_.item());
    object.text("role", message.role == Role::system ? dialect_.system_role : "user");
    append_content(object.member("content"), message, dialect_);
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
      object.text("tool_call_id", portable_call_id(result->call_id, dialect_.call_id_size));
      object.text("content", text);
    }
  }

  void add_picture(const Image& image, std::string& text) {
    if (!text.empty()) text += '\n';
    if (!dialect_.images) {
      text += unseen_picture(image);
      return;
    }
    pictures_.push_back(&image);
    text += fmt::format("[image {}: {}, shown below]", pictures_.size(), described(image));
  }

  ArrayWriter messages_;
  std::string_view model_;
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

void append_format(std::string& out, const ResponseFormat& format) {
  ObjectWriter object(out);
  object.text("type", format.schema.empty() ? "json_object" : "json_schema");
  if (format.schema.empty()) return;
  ObjectWriter described(object.member("json_schema"));
  described.text("name", format.name);
  described.member("strict") += format.strict ? "true" : "false";
  append_value(described.member("schema"), format.schema);
}

/// The word of the dialect's scale nearest to `effort`; "" where there is none.
std::string_view effort_word(Efforts efforts, ReasoningEffort effort) {
  switch (efforts) {
    case Efforts::none_at_all: return "";
    case Efforts::any: return name_of(effort);
    case Efforts::low_medium_high:
      if (effort < ReasoningEffort::medium) return "low";
      return effort == ReasoningEffort::medium ? "medium" : "high";
    case Efforts::none_or_default: return effort == ReasoningEffort::none ? "none" : "default";
  }
  std::unreachable();
}

void append_flag(ObjectWriter& object, std::string_view name, const std::optional<bool>& flag) {
  if (flag) object.member(name) += *flag ? "true" : "false";
}

void append_list(ObjectWriter& object, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  ArrayWriter array(object.member(name));
  for (const std::string& text : texts) append_quoted(array.item(), text);
}

void append_preferences(std::string& out, const OpenRouterSettings& router) {
  ObjectWriter provider(out);
  append_list(provider, "order", router.order);
  append_list(provider, "only", router.only);
  append_list(provider, "ignore", router.ignore);
  append_flag(provider, "allow_fallbacks", router.allow_fallbacks);
  append_flag(provider, "require_parameters", router.require_parameters);
  append_flag(provider, "zdr", router.zero_data_retention);
  if (!router.data_collection.empty()) provider.text("data_collection", router.data_collection);
  if (!router.sort.empty()) provider.text("sort", router.sort);
}

/// Writes one request, asking the dialect of each member whether it may be sent.
class RequestWriter {
 public:
  RequestWriter(std::string& out, const Prompt& prompt, const Dialect& dialect)
      : body_(out), prompt_(prompt), dialect_(dialect) {}

  void write(const OpenRouterSettings& router) {
    body_.text("model", prompt_.model);
    if (dialect_.flavour == Flavour::openrouter) write_routing(router);
    if (!prompt_.tools.empty()) append_tools(body_.member("tools"), prompt_.tools);
    if (!prompt_.tools.empty() && dialect_.ask_for_parallel_calls && may("parallel_tool_calls"))
      body_.member("parallel_tool_calls") += "true";
    if (calls_none() && may("tool_choice")) body_.text("tool_choice", "none");
    const bool streams = !has_format() || dialect_.formats_with_tools;
    if (streams && may("stream")) body_.member("stream") += "true";
    if (streams && dialect_.stream_usage && may("stream_options"))
      body_.member("stream_options") += R"({"include_usage":true})";
    write_reasoning();
    write_sampling();
    if (has_format()) append_format(body_.member("response_format"), *prompt_.response_format);
    MessageWriter messages(body_.member("messages"), prompt_.model, dialect_);
    for (const Message& message : prompt_.messages) messages.write(message);
    messages.flush_pictures();
  }

 private:
  bool may(std::string_view member) const { return !dialect_.refused.contains(member); }
  bool calls_none() const { return !prompt_.tools.empty() && prompt_.tool_choice == ToolChoice::none; }
  bool has_format() const {
    const bool allowed = dialect_.formats && (dialect_.formats_with_tools || prompt_.tools.empty());
    return prompt_.response_format && allowed && may("response_format");
  }

  void write_routing(const OpenRouterSettings& router) {
    if (may("models")) append_list(body_, "models", router.fallback_models);
    std::string preferences;
    append_preferences(preferences, router);
    if (preferences != "{}" && may("provider")) body_.member("provider") += preferences;
    if (dialect_.cache_mark && may("cache_control")) body_.member("cache_control") += R"({"type":"ephemeral"})";
  }

  void write_reasoning() {
    const bool switched_off = dialect_.no_reasoning_with_tools && !prompt_.tools.empty();
    const auto effort = switched_off ? std::optional(ReasoningEffort::none) : prompt_.reasoning_effort;
    const std::string_view word = effort ? effort_word(dialect_.efforts, *effort) : "";
    if (dialect_.parsed_reasoning && may("reasoning_format")) body_.text("reasoning_format", "parsed");
    if (word.empty()) return;
    if (dialect_.flavour == Flavour::openrouter) {
      if (may("reasoning")) ObjectWriter(body_.member("reasoning")).text("effort", word);
    } else if (may("reasoning_effort")) {
      body_.text("reasoning_effort", word);
    }
  }

  void write_sampling() {
    const bool sampling = dialect_.sampling;
    if (sampling && prompt_.temperature && may("temperature"))
      append_number(body_.member("temperature"), *prompt_.temperature);
    if (sampling && prompt_.top_p && may("top_p")) append_number(body_.member("top_p"), *prompt_.top_p);
    const std::string_view limit = dialect_.max_tokens_name;
    if (prompt_.max_output_tokens && may(limit))
      append_number(body_.member(limit), std::int64_t{*prompt_.max_output_tokens});
  }

  ObjectWriter body_;
  const Prompt& prompt_;
  const Dialect& dialect_;
};

}  // namespace

std::string unmet_format(const Prompt& prompt, const Dialect& dialect) {
  if (!prompt.response_format) return {};
  if (!dialect.formats || dialect.refused.contains("response_format")) return "response_format";
  return dialect.formats_with_tools || prompt.tools.empty() ? "" : "response_format beside tools";
}

std::string encode_request(const Prompt& prompt, const Dialect& dialect, const OpenRouterSettings& router) {
  std::string out;
  out.reserve(16 * 1024);
  RequestWriter(out, prompt, dialect).write(router);
  return out;
}

}  // namespace convoke::openai_chat
