// The bytes of an answer from a model server. Whatever they are: no crash, and the same meaning wherever they are cut.
#include <cstdint>
#include <cstdlib>

#include "llm/openai_chat/reply_stream.hpp"

namespace convoke::openai_chat {
namespace {

struct Outcome {
  std::string shown;
  ReplyResult result;
};

Outcome read(std::string_view bytes, std::size_t cut) {
  Outcome outcome;
  const ShowDelta show = [&](const Delta& delta) {
    if (const auto* text = std::get_if<TextDelta>(&delta)) outcome.shown += text->text;
  };
  ReplyStream stream({.asked = {.provider = "fuzz", .model = "m"}, .think_tags = true});
  if (stream.feed(bytes.substr(0, cut), show) == Wanted::more) stream.feed(bytes.substr(cut), show);
  outcome.result = stream.finish(show);
  return outcome;
}

/// Generated ids differ from one reading to the next.
Message without_ids(Message message) {
  for (Part& part : message.parts) {
    if (ToolCall* call = std::get_if<ToolCall>(&part)) call->id.clear();
  }
  return message;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view bytes, std::size_t cut) {
  const Outcome whole = read(bytes, 0), parts = read(bytes, cut);
  require(whole.shown == parts.shown);
  require(whole.result.has_value() == parts.result.has_value());
  if (!whole.result) {
    require(whole.result.error().error == parts.result.error().error);
    return;
  }
  require(without_ids(whole.result->message) == without_ids(parts.result->message));
  for (const ToolCall& call : whole.result->message.tool_calls()) require(!call.id.empty() && !call.name.empty());
  ReplyStream body({.asked = {.provider = "fuzz", .model = "m"}});
  body.feed_whole(bytes, [](const Delta&) {});
  (void)body.finish([](const Delta&) {});
}

}  // namespace
}  // namespace convoke::openai_chat

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  convoke::openai_chat::check(bytes, data[0] * bytes.size() / 256);
  return 0;
}
