#include "llm/anthropic/message_blocks.hpp"

#include <algorithm>
#include <array>

#include "llm/anthropic/request_encoder.hpp"
#include "llm/call_ids.hpp"
#include "llm/json_text.hpp"
#include "llm/picture_text.hpp"
#include "llm/replay.hpp"

namespace convoke::anthropic {
namespace {

constexpr std::size_t max_id_size = 64;
constexpr std::string_view white_space = " \t\r\n";

std::string text_block(std::string_view text) {
  std::string out;
  {
    ObjectWriter block(out);
    block.text("type", "text");
    block.text("text", text);
  }
  return out;
}

bool can_see(const Image& image) {
  constexpr std::array<std::string_view, 4> types{"image/png", "image/jpeg", "image/gif", "image/webp"};
  return !image.url.empty() || std::ranges::find(types, image.media_type) != types.end();
}

std::string image_block(const Image& image) {
  if (!can_see(image)) return text_block(unseen_picture(image));
  std::string out;
  {
    ObjectWriter block(out);
    block.text("type", "image");
    ObjectWriter source(block.member("source"));
    source.text("type", image.url.empty() ? "base64" : "url");
    if (image.url.empty()) source.text("media_type", image.media_type);
    if (image.url.empty()) source.text("data", image.data);
    if (!image.url.empty()) source.text("url", image.url);
  }
  return out;
}

std::string call_block(const ToolCall& call) {
  std::string out;
  {
    ObjectWriter block(out);
    block.text("type", "tool_use");
    block.text("id", portable_call_id(call.id, max_id_size));
    block.text("name", call.name);
    const auto arguments = parse_json(call.arguments);  // what the model wrote wrong goes back as no arguments
    block.member("input") += arguments && arguments->is_object() ? call.arguments : "{}";
  }
  return out;
}

std::string result_block(const ToolResult& result) {
  std::string out;
  {
    ObjectWriter block(out);
    block.text("type", "tool_result");
    block.text("tool_use_id", portable_call_id(result.call_id, max_id_size));
    if (result.is_error) block.member("is_error") += "true";
    ArrayWriter content(block.member("content"));
    const bool is_blank = result.text.find_first_not_of(white_space) == std::string::npos;
    if (!is_blank) content.item() += text_block(result.text);
    if (is_blank && result.images.empty()) content.item() += text_block("(no output)");
    for (const Image& image : result.images) content.item() += image_block(image);
  }
  return out;
}

/// The blocks of one part; thoughts may be more than one.
std::vector<std::string> blocks_of(const Part& part, std::string_view model) {
  return std::visit(Overloaded{
                        [](const Text& p) -> std::vector<std::string> {
                          const bool is_blank = p.text.find_first_not_of(white_space) == std::string::npos;
                          if (is_blank) return {};
                          return {text_block(p.text)};
                        },
                        [&](const Reasoning& p) -> std::vector<std::string> {
                          std::string block = replay_for(replay_wire, model, p.replay);
                          if (block.empty()) return {};
                          return {std::move(block)};
                        },
                        [](const Image& p) -> std::vector<std::string> { return {image_block(p)}; },
                        [](const ToolCall& p) -> std::vector<std::string> { return {call_block(p)}; },
                        [](const ToolResult& p) -> std::vector<std::string> { return {result_block(p)}; },
                    },
                    part);
}

/// The last words of the assistant, if the conversation ends with them, must not end in white space.
Message without_trailing_space(Message message) {
  if (message.parts.empty()) return message;
  if (Text* last = std::get_if<Text>(&message.parts.back())) {
    last->text.erase(last->text.find_last_not_of(white_space) + 1);
  }
  return message;
}

}  // namespace

std::vector<BlockMessage> block_messages(const Prompt& prompt) {
  std::vector<BlockMessage> messages;
  const auto first = std::ranges::find_if(prompt.messages, [](const Message& m) { return m.role != Role::system; });
  for (const Message& message : std::ranges::subrange(first, prompt.messages.end())) {
    const bool is_user = message.role != Role::assistant;
    const bool ends_with_it = !is_user && &message == &prompt.messages.back();
    std::vector<std::string> blocks;
    const Message sent = ends_with_it ? without_trailing_space(message) : message;
    for (const Part& part : sent.parts) {
      for (std::string& block : blocks_of(part, prompt.model)) blocks.push_back(std::move(block));
    }
    if (blocks.empty()) continue;
    if (messages.empty() || messages.back().is_user != is_user) messages.push_back({is_user});
    std::ranges::move(blocks, std::back_inserter(messages.back().blocks));
  }
  return messages;
}

}  // namespace convoke::anthropic
