#include "llm/openai_responses/input_items.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "llm/call_ids.hpp"
#include "llm/json_text.hpp"
#include "llm/openai_model.hpp"
#include "llm/openai_responses/request_encoder.hpp"
#include "llm/picture_text.hpp"
#include "llm/replay.hpp"

namespace convoke::openai_responses {
namespace {

constexpr std::size_t max_id_size = 64;

void append_text_part(std::string& out, std::string_view text) {
  ObjectWriter part(out);
  part.text("type", "input_text");
  part.text("text", text);
}

/// The newest models read a photo of twelve million pixels at its full size, for 14,000 tokens, unless told not to.
std::string_view detail_for(std::string_view model) { return openai_model(model).version >= 504 ? "high" : "auto"; }

void append_picture_part(std::string& out, const Image& image, std::string_view model) {
  ObjectWriter part(out);
  part.text("type", "input_image");
  part.text("image_url",
            image.url.empty() ? fmt::format("data:{};base64,{}", image.media_type, image.data) : image.url);
  part.text("detail", detail_for(model));
}

std::string words_item(std::string_view role, std::string_view text) {
  std::string out;
  {
    ObjectWriter item(out);
    item.text("role", role);
    item.text("content", text);
  }
  return out;
}

std::string user_item(const Message& message, std::string_view model, bool sees) {
  const auto is_image = [](const Part& part) { return std::holds_alternative<Image>(part); };
  if (!sees || std::ranges::none_of(message.parts, is_image)) return words_item("user", with_pictures_named(message));
  std::string out;
  {
    ObjectWriter item(out);
    item.text("role", "user");
    ArrayWriter parts(item.member("content"));
    for (const Part& part : message.parts) {
      if (const Text* text = std::get_if<Text>(&part)) append_text_part(parts.item(), text->text);
      if (const Image* image = std::get_if<Image>(&part)) append_picture_part(parts.item(), *image, model);
    }
  }
  return out;
}

std::string call_item(const ToolCall& call) {
  std::string out;
  {
    ObjectWriter item(out);  // without the item's own id, which names something we did not let them store
    item.text("type", "function_call");
    item.text("call_id", portable_call_id(call.id, max_id_size));
    item.text("name", call.name);
    item.text("arguments", call.arguments);
  }
  return out;
}

std::string result_item(const ToolResult& result, std::string_view model, bool sees) {
  std::string text = result.is_error ? "Error: " + result.text : result.text;
  if (!sees) {
    for (const Image& image : result.images) text += (text.empty() ? "" : "\n") + unseen_picture(image);
  }
  const bool has_pictures = sees && !result.images.empty();
  if (text.empty() && !has_pictures) text = "(no output)";
  std::string out;
  {
    ObjectWriter item(out);
    item.text("type", "function_call_output");
    item.text("call_id", portable_call_id(result.call_id, max_id_size));
    if (has_pictures) {
      ArrayWriter parts(item.member("output"));
      if (!text.empty()) append_text_part(parts.item(), text);
      for (const Image& image : result.images) append_picture_part(parts.item(), image, model);
    } else {
      item.text("output", text);
    }
  }
  return out;
}

/// What the assistant did, in its order. Thoughts must be followed by what they led to, or they are refused.
std::vector<std::string> assistant_items(const Message& message, std::string_view model) {
  std::vector<std::string> items, thoughts;
  const auto add = [&](std::string item) {
    std::ranges::move(thoughts, std::back_inserter(items));
    thoughts.clear();
    items.push_back(std::move(item));
  };
  for (const Part& part : message.parts) {
    if (const Reasoning* reasoning = std::get_if<Reasoning>(&part)) {
      std::string item = replay_for(replay_wire, model, reasoning->replay);
      if (!item.empty()) thoughts.push_back(std::move(item));
    }
    const Text* text = std::get_if<Text>(&part);
    if (text && !text->text.empty()) add(words_item("assistant", text->text));
    if (const ToolCall* call = std::get_if<ToolCall>(&part)) add(call_item(*call));
  }
  return items;
}

}  // namespace

std::vector<std::string> input_items(const Message& message, std::string_view model, bool sees) {
  switch (message.role) {
    case Role::system: return {words_item("developer", message.text())};
    case Role::user: return {user_item(message, model, sees)};
    case Role::assistant: return assistant_items(message, model);
    case Role::tool: break;
  }
  std::vector<std::string> items;
  for (const Part& part : message.parts) {
    if (const ToolResult* result = std::get_if<ToolResult>(&part)) items.push_back(result_item(*result, model, sees));
  }
  return items;
}

}  // namespace convoke::openai_responses
