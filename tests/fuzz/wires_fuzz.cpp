// The bytes of an answer in each wire. Whatever they are: no crash, no call without a name or cut in half, and the same
// meaning wherever they are cut.
#include <cstdint>
#include <cstdlib>

#include "llm/anthropic/reply_reader.hpp"
#include "llm/openai_chat/reply_accumulator.hpp"
#include "llm/openai_responses/reply_reader.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke {
namespace {

constexpr int wires = 3;

std::unique_ptr<ReplyBuilder> builder_of(int wire) {
  const Asked asked{.provider = "fuzz", .model = "m"};
  if (wire == 0) return std::make_unique<anthropic::ReplyReader>(asked, WallTime{});
  if (wire == 1) return std::make_unique<openai_responses::ReplyReader>(asked, WallTime{});
  return std::make_unique<openai_chat::ReplyAccumulator>(openai_chat::ReplyOptions{.asked = asked, .think_tags = true});
}

void require(bool holds) {
  if (!holds) std::abort();
}

/// Generated ids differ from one reading to the next.
Heard without_ids(Heard heard) {
  for (Part& part : heard.reply.message.parts) {
    ToolCall* call = std::get_if<ToolCall>(&part);
    if (!call) continue;
    require(!call->id.empty() && !call->name.empty());
    call->id.clear();
  }
  return heard;
}

void check(int wire, std::string_view bytes, std::size_t cut) {
  const Heard whole = without_ids(hear_with(builder_of(wire), bytes));
  require(difference(whole, without_ids(hear_with(builder_of(wire), bytes, cut))).empty());
  require(whole.partial.tool_calls().empty());
  (void)hear_whole_with(builder_of(wire), bytes);
}

}  // namespace
}  // namespace convoke

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  convoke::check(data[0] % convoke::wires, bytes, data[1] * bytes.size() / 256);
  return 0;
}
