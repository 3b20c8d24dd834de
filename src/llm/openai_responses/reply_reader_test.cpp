#include "llm/openai_responses/reply_reader.hpp"

#include <gmock/gmock.h>

#include "llm/replay.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke::openai_responses {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::unique_ptr<ReplyBuilder> builder() {
  return std::make_unique<ReplyReader>(Asked{.provider = "test", .model = "m"}, WallTime{});
}
std::string recording(const std::string& name) { return recording_in(CONVOKE_TESTDATA, "responses_" + name); }
Heard hear(std::string_view bytes, std::size_t cut = 0) { return hear_with(builder(), bytes, cut); }

Heard hear_events(std::initializer_list<std::string_view> events) {
  std::string bytes;
  for (const std::string_view event : events) bytes += "data: " + std::string(event) + "\n\n";
  return hear(bytes);
}

TEST(ResponsesReply, HasThoughtsWordsAndCallsInTheirOrder) {
  const Heard heard = hear(recording("reasoning_tools.sse"));

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reasoning, "**Calculating**\n\nDone");
  EXPECT_EQ(heard.text, "Hi, Zoë 😀");
  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"call_a1", "get_weather", R"({"city":"Paris"})"},
                                                            ToolCall{"call_b2", "get_time", "{}"}));
  EXPECT_THAT(heard.started, ElementsAre("get_weather", "get_time"));
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::tool_calls);
  EXPECT_EQ(heard.reply.model, "gpt-6.1-terra");
  EXPECT_EQ(heard.reply.usage, (Usage{.input_tokens = 100,
                                      .output_tokens = 40,
                                      .total_tokens = 140,
                                      .cached_tokens = 64,
                                      .cache_write_tokens = 20,
                                      .reasoning_tokens = 20}));
}

TEST(ResponsesReply, KeepsEncryptedThoughtsAsTheyWereAtTheirEnd) {
  const Heard heard = hear(recording("reasoning_tools.sse"));

  EXPECT_EQ(
      parse_json(replay_for("openai_responses", "m", std::get<Reasoning>(heard.reply.message.parts[0]).replay)).value(),
      parse_json(
          R"({"id":"rs_1","type":"reasoning","encrypted_content":"gAAAA","summary":[{"type":"summary_text","text":"**Calculating**"},{"type":"summary_text","text":"Done"}]})")
          .value());
}

TEST(ResponsesReply, ReadsARefusal) {
  const Heard heard = hear(recording("refusal.sse"));

  EXPECT_EQ(heard.text, "I cannot do that.");
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::refusal);
}

TEST(ResponsesReply, TakesAQuotaErrorInsideASuccessForFinal) {
  const Heard heard = hear(recording("quota_inside.sse"));

  EXPECT_EQ(heard.kind, FailureKind::billing);
  EXPECT_EQ(heard.retry, RetryAdvice::never);
  EXPECT_EQ(heard.error, "test (m) broke off: You exceeded your current quota");
}

TEST(ResponsesReply, NeverHandsOutACallThatTheLimitCut) {
  const Heard heard = hear(recording("incomplete.sse"));

  EXPECT_EQ(heard.reply.finish_reason, FinishReason::length);
  EXPECT_EQ(heard.reply.message, assistant_message("Half"));
}

TEST(ResponsesReply, ReadsTheFlatFormOfAnError) {
  const Heard heard = hear_events(
      {R"({"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null,"sequence_number":2})"});

  EXPECT_EQ(heard.kind, FailureKind::rate_limit);
  EXPECT_EQ(heard.error, "test (m) broke off: slow down");
}

TEST(ResponsesReply, ReadsAFailedResponse) {
  const Heard heard = hear_events(
      {R"({"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"oops"}}})"});

  EXPECT_EQ(heard.kind, FailureKind::server);
  EXPECT_EQ(heard.retry, RetryAdvice::unchanged);
}

TEST(ResponsesReply, KnowsThatAFilterStoppedIt) {
  EXPECT_EQ(
      hear_events(
          {R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"content_filter"}}})"})
          .reply.finish_reason,
      FinishReason::content_filter);
}

TEST(ResponsesReply, TakesAnEndWithoutATerminalEventForACut) {
  const Heard heard =
      hear_events({R"({"type":"response.output_text.delta","output_index":0,"delta":"Half"})", "[DONE]"});

  EXPECT_EQ(heard.kind, FailureKind::network);
  EXPECT_EQ(heard.partial, assistant_message("Half"));
}

TEST(ResponsesReply, TakesItemsFromTheEndWhereNoPieceCameBefore) {
  const Heard heard = hear_events(
      {R"({"type":"response.completed","response":{"status":"completed","output":[{"type":"web_search_call"},)"
       R"({"type":"message","content":[{"type":"output_text","text":"Hi"}]},)"
       R"({"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}]}})"});

  EXPECT_EQ(heard.text, "Hi");
  EXPECT_EQ(heard.reply.message, (Message{Role::assistant, {Text{"Hi"}, ToolCall{"c1", "f", "{}"}}}));
}

TEST(ResponsesReply, ReadsAWholeResponse) {
  const Heard heard = hear_whole_with(
      builder(),
      R"({"id":"resp_2","object":"response","status":"completed","error":null,"model":"gpt","output":[{"type":"message","content":[{"type":"output_text","text":"Hi"}]}],"usage":{"input_tokens":1,"output_tokens":2}})");

  EXPECT_EQ(heard.reply.message, assistant_message("Hi"));
  EXPECT_EQ(heard.reply.usage.total_tokens, 3);
  EXPECT_EQ(hear_whole_with(builder(), R"({"error":{"message":"no","code":"invalid_api_key"}})").kind,
            FailureKind::authentication);
  EXPECT_EQ(hear_whole_with(builder(), R"({"ok":true})").kind, FailureKind::protocol);
}

class EveryResponsesRecording : public testing::TestWithParam<const char*> {};

TEST_P(EveryResponsesRecording, MeansTheSameWhereverItIsCut) {
  const std::string bytes = recording(GetParam());
  ASSERT_FALSE(bytes.empty());
  const Heard whole = hear(bytes);

  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    ASSERT_EQ(difference(hear(bytes, cut), whole), "") << "cut at byte " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(ResponsesReply, EveryResponsesRecording,
                         testing::Values("reasoning_tools.sse", "refusal.sse", "quota_inside.sse", "incomplete.sse"));

}  // namespace
}  // namespace convoke::openai_responses
