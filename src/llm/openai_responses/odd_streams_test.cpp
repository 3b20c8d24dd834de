// Streams nobody should send, and that somebody sends: what must still be understood.
#include <gmock/gmock.h>

#include "llm/openai_responses/reply_reader.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke::openai_responses {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::unique_ptr<ReplyBuilder> builder() {
  return std::make_unique<ReplyReader>(Asked{.provider = "test", .model = "m"}, WallTime{});
}

Heard hear(std::string_view bytes) { return hear_with(builder(), bytes); }

Heard hear_events(std::initializer_list<std::string_view> events) { return hear(event_stream(events)); }

constexpr std::string_view completed = R"({"type":"response.completed","response":{"status":"completed","output":[]}})";

TEST(OddResponsesStream, ComesInAnyFraming) {
  const Heard heard = hear(
      "\xEF\xBB\xBF:\r\n\r\nevent:response.output_text.delta\r\ndata:{\"output_index\":0,\r\ndata:\"delta\":\"Hi\"}\r\r"
      "data: {\"type\":\"keepalive\"}\n\nevent: response.completed\ndata: {\"response\":{\"status\":\"completed\"}}\n\n"
      "data: [DONE]\n\n");

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.message, assistant_message("Hi"));
}

TEST(OddResponsesStream, CutsACharacterInHalf) {
  EXPECT_EQ(hear_events({R"({"type":"response.output_text.delta","output_index":0,"delta":"a\uD83D"})",
                         R"({"type":"response.output_text.delta","output_index":0,"delta":"\uDE00"})", completed})
                .text,
            "a😀");
}

TEST(OddResponsesStream, ChangesTheIdsOfItsItems) {
  const Heard heard = hear_events(
      {R"({"type":"response.output_item.added","output_index":0,"item":{"id":"fc_a","type":"function_call","call_id":"c1","name":"f","arguments":""}})",
       R"({"type":"response.function_call_arguments.delta","output_index":0,"item_id":"fc_b","delta":"{\"a\":"})",
       R"({"type":"response.function_call_arguments.delta","output_index":0,"item_id":"fc_c","delta":"1}"})",
       R"({"type":"response.output_item.done","output_index":0,"item":{"id":"fc_d","type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}","status":"completed"}})",
       completed});

  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"c1", "f", R"({"a":1})"}));
  EXPECT_THAT(heard.started, ElementsAre("f"));
}

TEST(OddResponsesStream, SendsArgumentsOnlyWhole) {
  const Heard heard = hear_events(
      {R"({"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c1","name":"f"}})",
       R"({"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"a\":1}"})", completed});

  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"c1", "f", R"({"a":1})"}));
}

TEST(OddResponsesStream, BringsItemsAndEventsThatAreNotKnown) {
  const Heard heard = hear_events(
      {R"({"type":"response.queued","response":null})",
       R"({"type":"response.created","response":{"model":null,"output":null}})",
       R"({"type":"response.output_item.added","output_index":0,"item":{"type":"web_search_call","status":"in_progress"}})",
       R"({"type":"response.web_search_call.searching","output_index":0})",
       R"({"type":"response.output_item.done","output_index":0,"item":{"type":"web_search_call","status":"completed"}})",
       R"({"type":"response.output_item.added","output_index":1,"item":null})",
       R"({"type":"response.content_part.added","output_index":1,"part":{"type":"output_text","text":""}})",
       R"({"type":"response.output_text.delta","output_index":1,"delta":"Hi","logprobs":null})",
       R"({"type":"response.output_text.annotation.added","output_index":1,"annotation":{}})",
       R"({"type":"response.output_text.done","output_index":1,"text":"Hi"})", "null", completed});

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.message, assistant_message("Hi"));
}

TEST(OddResponsesStream, ThinksAloudInParts) {
  const Heard heard = hear_events(
      {R"({"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}})",
       R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"One"})",
       R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"Two"})",
       R"({"type":"response.output_item.done","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"One"},{"type":"summary_text","text":"Two"}]}})",
       R"({"type":"response.reasoning_text.delta","output_index":1,"content_index":0,"delta":"three"})", completed});

  EXPECT_EQ(heard.reasoning, "One\n\nTwothree");
}

TEST(OddResponsesStream, IsCutByItsLimitInACall) {
  const Heard heard = hear_events(
      {R"({"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c1","name":"pay"}})",
       R"({"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"amount\":1"})",
       R"({"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c1","name":"pay","arguments":"{\"amount\":1","status":"completed"}})",
       R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}})"});

  EXPECT_EQ(heard.reply.finish_reason, FinishReason::length);
  EXPECT_THAT(heard.reply.message.tool_calls(), IsEmpty());
}

TEST(OddResponsesStream, SaysThatItFailedInManyForms) {
  EXPECT_THAT(hear_events({R"({"type":"error","code":"server_error","message":"no room","param":null})"}).error,
              HasSubstr("no room"));
  EXPECT_THAT(hear_events({R"({"type":"error","error":{"type":"server_error","message":"no room"}})"}).error,
              HasSubstr("no room"));
  EXPECT_THAT(
      hear_events(
          {R"({"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"no room"}}})"})
          .error,
      HasSubstr("no room"));
  EXPECT_THAT(hear_events({R"({"error":"no room"})"}).error, HasSubstr("no room"));
  EXPECT_THAT(hear(R"({"error":{"message":"no room"}})").error, HasSubstr("no room"));
  EXPECT_THAT(hear_events({R"({"type":"response.failed","response":{"status":"failed","error":null}})"}).error,
              HasSubstr("failed"));
}

}  // namespace
}  // namespace convoke::openai_responses
