#include "llm/anthropic/reply_reader.hpp"

#include <gmock/gmock.h>

#include "llm/replay.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke::anthropic {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::unique_ptr<ReplyBuilder> builder() {
  return std::make_unique<ReplyReader>(Asked{.provider = "test", .model = "m"}, WallTime{});
}
std::string recording(const std::string& name) { return recording_in(CONVOKE_TESTDATA, "anthropic_" + name); }
Heard hear(std::string_view bytes, std::size_t cut = 0) { return hear_with(builder(), bytes, cut); }

Heard hear_events(std::initializer_list<std::string_view> events) {
  std::string bytes;
  for (const std::string_view event : events) bytes += "data: " + std::string(event) + "\n\n";
  return hear(bytes);
}

TEST(AnthropicReply, HasThoughtsWordsAndCallsInTheirOrder) {
  const Heard heard = hear(recording("thinking_tools.sse"));

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reasoning, "Need the weather.");
  EXPECT_EQ(heard.text, "Hello, Zoë 😀");
  EXPECT_THAT(heard.started, ElementsAre("get_weather", "get_time"));
  ASSERT_EQ(heard.reply.message.parts.size(), 5U);
  EXPECT_EQ(std::get<Text>(heard.reply.message.parts[2]).text, "Hello, Zoë 😀");
  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"toolu_01", "get_weather", R"({"city": "Paris"})"},
                                                            ToolCall{"toolu_02", "get_time", "{}"}));
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::tool_calls);
  EXPECT_EQ(heard.reply.model, "claude-sonnet-5-5");
  EXPECT_EQ(heard.reply.provider_request_id, "msg_01");
}

TEST(AnthropicReply, KeepsThoughtsWithTheirSignaturesToSendThemBack) {
  const Heard heard = hear(recording("thinking_tools.sse"));

  const auto& thoughts = std::get<Reasoning>(heard.reply.message.parts[0]);
  const auto& hidden = std::get<Reasoning>(heard.reply.message.parts[1]);
  EXPECT_EQ(replay_for("anthropic", "m", thoughts.replay),
            R"({"type":"thinking","thinking":"Need the weather.","signature":"EqQB"})");
  EXPECT_EQ(replay_for("anthropic", "m", hidden.replay), R"({"type":"redacted_thinking","data":"AbCd"})");
  EXPECT_EQ(hidden.text, "");
}

TEST(AnthropicReply, CountsBothCachesAsInput) {
  EXPECT_EQ(hear(recording("thinking_tools.sse")).reply.usage, (Usage{.input_tokens = 142,
                                                                      .output_tokens = 89,
                                                                      .total_tokens = 231,
                                                                      .cached_tokens = 100,
                                                                      .cache_write_tokens = 30,
                                                                      .cache_write_1h_tokens = 10,
                                                                      .reasoning_tokens = 40}));
}

TEST(AnthropicReply, KeepsWhatWasSaidBeforeTheProviderWasOverloaded) {
  const Heard heard = hear(recording("overloaded_midway.sse"));

  EXPECT_EQ(heard.error, "test (m) broke off: Overloaded");
  EXPECT_EQ(heard.kind, FailureKind::overloaded);
  EXPECT_EQ(heard.retry, RetryAdvice::unchanged);
  EXPECT_EQ(heard.partial, assistant_message("Half"));
}

TEST(AnthropicReply, SaysWhyItWasRefusedWhereThereIsNothingElse) {
  const Heard heard = hear(recording("refusal.sse"));

  EXPECT_EQ(heard.reply.finish_reason, FinishReason::refusal);
  EXPECT_EQ(heard.text, "I cannot help with that.");
}

TEST(AnthropicReply, KeepsBlocksItDoesNotKnowWhenTheProviderPauses) {
  const Heard heard = hear(recording("pause.sse"));

  EXPECT_EQ(heard.reply.finish_reason, FinishReason::paused);
  ASSERT_EQ(heard.reply.message.parts.size(), 2U);
  EXPECT_EQ(replay_for("anthropic", "m", std::get<Reasoning>(heard.reply.message.parts[1]).replay),
            R"({"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"x"}})");
}

TEST(AnthropicReply, NeverHandsOutACallThatWasCut) {
  const Heard cut = hear(recording("cut_in_call.sse"));
  const Heard limited = hear(recording("max_tokens_in_call.sse"));

  EXPECT_EQ(cut.kind, FailureKind::network);
  EXPECT_EQ(cut.partial, assistant_message("Let me see."));
  EXPECT_EQ(limited.reply.finish_reason, FinishReason::length);
  EXPECT_THAT(limited.reply.message.parts, IsEmpty());
}

TEST(AnthropicReply, KnowsEveryStopReason) {
  const auto reason = [](std::string_view name) {
    return hear_events({R"({"type":"message_delta","delta":{"stop_reason":")" + std::string(name) + R"("}})",
                        R"({"type":"message_stop"})"})
        .reply.finish_reason;
  };
  EXPECT_EQ(reason("end_turn"), FinishReason::stop);
  EXPECT_EQ(reason("stop_sequence"), FinishReason::stop);
  EXPECT_EQ(reason("max_tokens"), FinishReason::length);
  EXPECT_EQ(reason("model_context_window_exceeded"), FinishReason::length);
  EXPECT_EQ(reason("refusal"), FinishReason::refusal);
  EXPECT_EQ(reason("pause_turn"), FinishReason::paused);
  EXPECT_EQ(reason("something_new"), FinishReason::stop);
}

TEST(AnthropicReply, TakesAnEndAfterTheStopReasonForSuccess) {
  EXPECT_EQ(hear_events({R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}})",
                         R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})"})
                .reply.message,
            assistant_message("Hi"));
}

TEST(AnthropicReply, DropsThoughtsWithoutTheirSignatureFromReplay) {
  const Heard heard =
      hear_events({R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})",
                   R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}})",
                   R"({"type":"content_block_stop","index":0})", R"({"type":"message_stop"})"});

  EXPECT_EQ(heard.reply.message, (Message{Role::assistant, {Reasoning{"Hm", ""}}}));
}

TEST(AnthropicReply, FailsOnWhatIsNotJson) { EXPECT_EQ(hear_events({"<html>"}).kind, FailureKind::protocol); }

TEST(AnthropicReply, ReadsAWholeMessage) {
  const Heard heard = hear_whole_with(
      builder(),
      R"({"id":"msg_2","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hi"},)"
      R"({"type":"tool_use","id":"t1","name":"f","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":4}})");

  EXPECT_EQ(heard.reply.message, (Message{Role::assistant, {Text{"Hi"}, ToolCall{"t1", "f", R"({"a":1})"}}}));
  EXPECT_EQ(heard.reply.usage.total_tokens, 7);
}

TEST(AnthropicReply, ReadsAnErrorUnderTheStatusOfASuccess) {
  EXPECT_EQ(hear_whole_with(builder(), R"({"type":"error","error":{"type":"rate_limit_error","message":"slow"}})").kind,
            FailureKind::rate_limit);
  EXPECT_EQ(hear_whole_with(builder(), R"({"ok":true})").kind, FailureKind::protocol);
}

class EveryAnthropicRecording : public testing::TestWithParam<const char*> {};

TEST_P(EveryAnthropicRecording, MeansTheSameWhereverItIsCut) {
  const std::string bytes = recording(GetParam());
  ASSERT_FALSE(bytes.empty());
  const Heard whole = hear(bytes);

  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    ASSERT_EQ(difference(hear(bytes, cut), whole), "") << "cut at byte " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(AnthropicReply, EveryAnthropicRecording,
                         testing::Values("thinking_tools.sse", "overloaded_midway.sse", "refusal.sse", "pause.sse",
                                         "cut_in_call.sse", "max_tokens_in_call.sse"));

}  // namespace
}  // namespace convoke::anthropic
