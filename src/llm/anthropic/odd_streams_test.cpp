// Streams nobody should send, and that somebody sends: what must still be understood.
#include <gmock/gmock.h>

#include "llm/anthropic/reply_reader.hpp"
#include "llm/replay.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke::anthropic {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::unique_ptr<ReplyBuilder> builder() {
  return std::make_unique<ReplyReader>(Asked{.provider = "test", .model = "m"}, WallTime{});
}

Heard hear(std::string_view bytes) { return hear_with(builder(), bytes); }

Heard hear_events(std::initializer_list<std::string_view> events) { return hear(event_stream(events)); }

constexpr std::string_view stop = R"({"type":"message_stop"})";

TEST(OddAnthropicStream, ComesInAnyFraming) {
  const Heard heard = hear(
      "\xEF\xBB\xBF: hello\r\n\r\nevent:ping\r\ndata:{\"type\":\"ping\"}\r\n\r\nevent: content_block_delta\rdata: "
      "{\"index\":0,\rdata: \"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\r\revent: message_stop\ndata: {}\n\n");

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.message, assistant_message("Hi"));
}

TEST(OddAnthropicStream, CutsACharacterInHalf) {
  const Heard heard =
      hear_events({R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\ud83d"}})",
                   R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ude00"}})", stop});

  EXPECT_EQ(heard.text, "a😀");
}

TEST(OddAnthropicStream, BringsEventsBlocksAndDeltasThatAreNotKnown) {
  const Heard heard = hear_events(
      {R"({"type":"ping"})", R"({"type":"message_start","message":{"id":"a","usage":null}})",
       R"({"type":"message_start","message":{"id":"b","model":null}})", R"({"type":"weather","index":0})", "null",
       R"({"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":"x"}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"y"}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":"Hi"}})",
       R"({"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{}}})",
       R"({"type":"content_block_delta","index":1,"delta":null})", R"({"type":"content_block_delta","index":9})",
       R"({"type":"message_delta","delta":null,"usage":null})", stop});

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.text, "Hi");
  EXPECT_EQ(heard.reply.provider_request_id, "a");
}

TEST(OddAnthropicStream, GivesEveryBlockTheSameNumber) {
  const Heard heard = hear_events(
      {R"({"type":"content_block_start","content_block":{"type":"thinking","thinking":"hm","signature":"s1"}})",
       R"({"type":"content_block_stop"})",
       R"({"type":"content_block_start","content_block":{"type":"text","text":""}})",
       R"({"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}})",
       R"({"type":"content_block_stop"})",
       R"({"type":"content_block_start","content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}})",
       R"({"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}})",
       R"({"type":"content_block_stop"})",
       R"({"type":"content_block_start","content_block":{"type":"tool_use","id":"t2","name":"g","input":{}}})",
       R"({"type":"content_block_stop"})", stop});

  EXPECT_EQ(heard.text, "Hi");
  EXPECT_EQ(heard.reasoning, "hm");
  EXPECT_THAT(heard.reply.message.tool_calls(),
              ElementsAre(ToolCall{"t1", "f", R"({"a":1})"}, ToolCall{"t2", "g", "{}"}));
  EXPECT_EQ(replay_for("anthropic", "m", std::get<Reasoning>(heard.reply.message.parts[0]).replay),
            R"({"type":"thinking","thinking":"hm","signature":"s1"})");
}

TEST(OddAnthropicStream, ThinksWithoutHavingBegunToThink) {
  const Heard heard =
      hear_events({R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})",
                   R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}})",
                   R"({"type":"content_block_stop","index":0})", stop});

  EXPECT_EQ(heard.reasoning, "hm");
  EXPECT_EQ(replay_for("anthropic", "m", std::get<Reasoning>(heard.reply.message.parts.at(0)).replay),
            R"({"type":"thinking","thinking":"hm","signature":"s"})");
}

TEST(OddAnthropicStream, HidesItsThoughts) {
  const Heard heard = hear_events(
      {R"({"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"EmwK"}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":"Hi"}})", stop});

  EXPECT_EQ(heard.reasoning, "");
  EXPECT_EQ(replay_for("anthropic", "m", std::get<Reasoning>(heard.reply.message.parts.at(0)).replay),
            R"({"type":"redacted_thinking","data":"EmwK"})");
}

TEST(OddAnthropicStream, UsesToolsOfItsOwn) {
  const Heard heard = hear_events(
      {R"({"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s1","name":"web_search","input":{}}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":"}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"\"x\"}"}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"s1","content":[]}})",
       R"({"type":"content_block_stop","index":1})", R"({"type":"message_delta","delta":{"stop_reason":"pause_turn"}})",
       stop});

  EXPECT_EQ(heard.reply.finish_reason, FinishReason::paused);
  EXPECT_THAT(heard.reply.message.tool_calls(), IsEmpty());
  ASSERT_EQ(heard.reply.message.parts.size(), 2U);
  EXPECT_EQ(replay_for("anthropic", "m", std::get<Reasoning>(heard.reply.message.parts[0]).replay),
            R"({"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"x"}})");
}

TEST(OddAnthropicStream, EndsABlockThatTheLimitCut) {
  const auto limited = [](std::string_view pieces) {
    return hear_events(
               {R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t0","name":"look","input":{}}})",
                R"({"type":"content_block_stop","index":0})",
                R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"pay","input":{}}})",
                pieces, R"({"type":"content_block_stop","index":1})",
                R"({"type":"message_delta","delta":{"stop_reason":"max_tokens"}})", stop})
        .reply.message.tool_calls();
  };
  EXPECT_THAT(
      limited(
          R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"amount\":1"}})"),
      ElementsAre(ToolCall{"t0", "look", "{}"}));
  EXPECT_THAT(limited(R"({"type":"ping"})"), ElementsAre(ToolCall{"t0", "look", "{}"}));
  EXPECT_THAT(
      limited(
          R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"amount\":1}"}})"),
      ElementsAre(ToolCall{"t0", "look", "{}"}, ToolCall{"t1", "pay", R"({"amount":1})"}));
}

TEST(OddAnthropicStream, SaysThatItFailedInManyForms) {
  EXPECT_THAT(hear_events({R"({"type":"error","error":{"type":"overloaded_error","message":"no room"}})"}).error,
              HasSubstr("no room"));
  EXPECT_THAT(hear_events({R"({"type":"error","message":"no room"})"}).error, HasSubstr("no room"));
  EXPECT_THAT(hear_events({R"({"error":"no room"})"}).error, HasSubstr("no room"));
  EXPECT_THAT(hear("event: error\ndata: {\"message\":\"no room\"}\n\n").error, HasSubstr("no room"));
  EXPECT_THAT(hear(R"({"type":"error","error":{"type":"api_error","message":"no room"}})").error, HasSubstr("no room"));
}

TEST(OddAnthropicStream, CountsInOddNumbers) {
  const Heard heard = hear_events(
      {R"({"type":"message_start","message":{"usage":{"input_tokens":5.0,"output_tokens":-1,"cache_read_input_tokens":null}}})",
       R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7,"cache_creation":7}})",
       stop});

  EXPECT_EQ(heard.reply.usage, (Usage{.input_tokens = 5, .output_tokens = 7, .total_tokens = 12}));
}

}  // namespace
}  // namespace convoke::anthropic
