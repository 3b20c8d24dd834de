#include "llm/reply_stream.hpp"

#include <gmock/gmock.h>

#include "llm/openai_chat/reply_accumulator.hpp"
#include "llm/replay.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke::openai_chat {
namespace {

using testing::ElementsAre;

std::unique_ptr<ReplyBuilder> builder(bool think_tags = false) {
  return std::make_unique<ReplyAccumulator>(
      ReplyOptions{.asked = {.provider = "test", .model = "m"}, .think_tags = think_tags});
}

std::string recording(const std::string& name) { return recording_in(CONVOKE_TESTDATA, name); }

Heard hear(std::string_view bytes, std::size_t cut = 0, bool think_tags = false) {
  return hear_with(builder(think_tags), bytes, cut);
}

Heard hear_chunks(std::initializer_list<std::string_view> chunks, bool think_tags = false) {
  std::string bytes;
  for (const std::string_view chunk : chunks) bytes += "data: " + std::string(chunk) + "\n\n";
  return hear(bytes, 0, think_tags);
}

Heard hear_whole(std::string_view body) { return hear_whole_with(builder(), body); }

TEST(ReplyStream, ReadsOpenAiText) {
  const Heard heard = hear(recording("openai_text.sse"));

  EXPECT_EQ(heard.text, "Hi, Zoë 😀");
  EXPECT_EQ(heard.reply.message, assistant_message("Hi, Zoë 😀"));
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::stop);
  EXPECT_EQ(heard.reply.model, "gpt-4.1-nano-2025-04-14");
  EXPECT_EQ(heard.reply.provider_request_id, "chatcmpl-D8Z5");
  EXPECT_EQ(
      heard.reply.usage,
      (Usage{
          .input_tokens = 16, .output_tokens = 300, .total_tokens = 316, .cached_tokens = 8, .reasoning_tokens = 5}));
}

TEST(ReplyStream, ReadsOpenAiParallelToolCalls) {
  const Heard heard = hear(recording("openai_tools.sse"));

  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"call_a1", "get_weather", R"({"city":"Paris"})"},
                                                            ToolCall{"call_b2", "get_time", R"({"tz":"UTC"})"}));
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::tool_calls);
  EXPECT_THAT(heard.started, ElementsAre("get_weather", "get_time"));
}

TEST(ReplyStream, ReadsARefusal) {
  const Heard heard = hear(recording("openai_refusal.sse"));

  EXPECT_EQ(heard.reply.message, assistant_message("I cannot help with that."));
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::refusal);
}

TEST(ReplyStream, KeepsWhatWasSaidBeforeAnErrorMidway) {
  const Heard heard = hear(recording("openai_error_midway.sse"));

  EXPECT_THAT(heard.error, testing::StartsWith("test (m) broke off: The server had an error"));
  EXPECT_EQ(heard.kind, FailureKind::server);
  EXPECT_EQ(heard.partial, assistant_message("Half"));
}

TEST(ReplyStream, KeepsOpenRoutersReasoningForReplayAndCallsOnce) {
  const Heard heard = hear(recording("openrouter_reasoning_tools.sse"));

  ASSERT_EQ(heard.reply.message.parts.size(), 2U);
  const auto& reasoning = std::get<Reasoning>(heard.reply.message.parts[0]);
  EXPECT_EQ(reasoning.text, "Let me see.");
  EXPECT_EQ(
      parse_json(replay_for(replay_wire, "m", reasoning.replay)).value(),
      parse_json(
          R"([{"type":"reasoning.text","text":"Let me see.","format":"anthropic-claude-v1","index":0,"signature":"EqQB"}])")
          .value());
  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"toolu_01", "get_weather", "{}"}));
  EXPECT_EQ(heard.reply.usage.total_tokens, 196);
}

TEST(ReplyStream, TakesTheCostOpenRouterStatesToTheDigit) {
  const Heard heard = hear(recording("openrouter_reasoning_tools.sse"));

  EXPECT_EQ(heard.reply.usage.cost, Money{950'000'000});
  EXPECT_EQ(heard.reply.usage.cache_write_tokens, 100);
}

TEST(ReplyStream, AddsTheVendorsShareToAFeeForOnesOwnKey) {
  const Heard heard = hear_chunks(
      {R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost":0.0001,"is_byok":true,)"
       R"("cost_details":{"upstream_inference_cost":2e-3}}})",
       "[DONE]"});

  EXPECT_EQ(heard.reply.usage.cost, parse_money("0.0021"));
}

TEST(ReplyStream, TakesNoWordOfAnAnswerForItsCost) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{"content":"\"cost\": 5"}}],"usage":{"prompt_tokens":1,"cost":null}})", "[DONE]"});

  EXPECT_EQ(heard.reply.usage.cost, std::nullopt);
}

TEST(ReplyStream, ReadsOpenRoutersErrorMidway) {
  const Heard heard = hear(recording("openrouter_error_midway.sse"));

  EXPECT_EQ(heard.error, "test (m) broke off: Rate limit exceeded");
  EXPECT_EQ(heard.kind, FailureKind::rate_limit);
  EXPECT_EQ(heard.retry, RetryAdvice::unchanged);
}

TEST(ReplyStream, FindsGroqsUsageInItsOwnMember) {
  const Heard heard = hear(recording("groq_tools.sse"));

  EXPECT_EQ(heard.reasoning, "Need weather");
  EXPECT_EQ(heard.reply.usage, (Usage{.input_tokens = 210, .output_tokens = 15, .total_tokens = 225}));
  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"tk85n1k4m", "weather", "{}"}));
}

TEST(ReplyStream, AdvisesToAskCoolerWhenGroqCannotReadTheCall) {
  const Heard heard = hear(recording("groq_tool_use_failed.sse"));

  EXPECT_EQ(heard.kind, FailureKind::bad_tool_call);
  EXPECT_EQ(heard.retry, RetryAdvice::cooler);
}

TEST(ReplyStream, TellsOllamasParallelCallsApartAndKnowsThatToolsWereCalled) {
  const Heard heard = hear(recording("ollama_parallel_index_zero.sse"));

  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"call_k1", "weather", R"({"city":"Oslo"})"},
                                                            ToolCall{"call_k2", "weather", R"({"city":"Rome"})"}));
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::tool_calls);
}

TEST(ReplyStream, TakesAnEndWithoutFinishReasonForACut) {
  const Heard heard = hear(recording("ollama_fails_midway.sse"));

  EXPECT_EQ(heard.error, "test (m): the answer ended in the middle");
  EXPECT_EQ(heard.kind, FailureKind::network);
  EXPECT_EQ(heard.partial, assistant_message("Part"));
}

TEST(ReplyStream, ShowsReasoningOnceWhenItComesUnderTwoNames) {
  const Heard heard = hear(recording("deepseek_reasoning.sse"));

  EXPECT_EQ(heard.reasoning, "Two plus two.");
  EXPECT_EQ(heard.text, "Four.");
  EXPECT_EQ(heard.reply.usage.cached_tokens, 16);
}

TEST(ReplyStream, SeparatesThinkTagsOnlyWhereAskedTo) {
  const Heard separated = hear(recording("lmstudio_think.sse"), 0, true);
  const Heard raw = hear(recording("lmstudio_think.sse"));

  EXPECT_EQ(separated.reasoning, "Add them.");
  EXPECT_EQ(separated.text, "Four.");
  EXPECT_EQ(raw.text, "<think>Add them.</think>\n\nFour.");
}

TEST(ReplyStream, ReadsAByteOrderMarkAndCarriageReturns) {
  EXPECT_EQ(hear(recording("azure_crlf.sse")).reply.message, assistant_message("Grüß Gott"));
}

TEST(ReplyStream, ReadsALastEventWithoutItsBlankLine) {
  const Heard heard = hear(recording("no_last_blank_line.sse"));

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::stop);
}

class EveryRecording : public testing::TestWithParam<const char*> {};

TEST_P(EveryRecording, MeansTheSameWhereverItIsCut) {
  const std::string bytes = recording(GetParam());
  ASSERT_FALSE(bytes.empty());
  const Heard whole = hear(bytes, 0, true);

  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    const Heard parts = hear(bytes, cut, true);
    ASSERT_EQ(difference(parts, whole), "") << "cut at byte " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(ReplyStream, EveryRecording,
                         testing::Values("openai_text.sse", "openai_tools.sse", "openai_refusal.sse",
                                         "openai_error_midway.sse", "openrouter_reasoning_tools.sse",
                                         "openrouter_error_midway.sse", "groq_tools.sse", "groq_tool_use_failed.sse",
                                         "ollama_parallel_index_zero.sse", "ollama_fails_midway.sse",
                                         "deepseek_reasoning.sse", "lmstudio_think.sse", "azure_crlf.sse",
                                         "no_last_blank_line.sse"));

TEST(ReplyStream, TakesAnEndAfterTheFinishReasonForSuccess) {
  const Heard heard = hear_chunks({R"({"choices":[{"delta":{"content":"Yes"},"finish_reason":"stop"}]})"});

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.message, assistant_message("Yes"));
  EXPECT_EQ(heard.reply.model, "m");
}

TEST(ReplyStream, TakesTheEndMarkerWithoutFinishReasonForSuccess) {
  EXPECT_EQ(hear_chunks({R"({"choices":[{"delta":{"content":"Yes"}}]})", "[DONE]"}).reply.message,
            assistant_message("Yes"));
}

TEST(ReplyStream, WantsNothingAfterTheEndMarker) {
  Listener listener;
  ReplyStream stream(builder());

  EXPECT_EQ(stream.feed("data: [DONE]\n\ndata: garbage\n\n", listener.show()), Wanted::done);
  EXPECT_TRUE(stream.finish(listener.show()).has_value());
}

TEST(ReplyStream, ReadsOnAfterTheFinishReasonForTheUsage) {
  const Heard heard =
      hear_chunks({R"({"choices":[{"delta":{"content":"Yes"},"finish_reason":"stop"}],"usage":null})",
                   R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})",
                   R"({"choices":[],"usage":null})", "[DONE]"});

  EXPECT_EQ(heard.reply.usage.total_tokens, 3);
}

TEST(ReplyStream, KeepsTheLastOfCumulativeUsages) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}})",
       R"({"choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}})",
       "[DONE]"});

  EXPECT_EQ(heard.reply.usage.output_tokens, 2);
}

TEST(ReplyStream, FindsTheUsageInsideAChoice) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}]})"});

  EXPECT_EQ(heard.reply.usage.input_tokens, 5);
}

TEST(ReplyStream, CountsReasoningAsOutputWhereOnlyTheTotalHasIt) {
  const Heard heard = hear_chunks(
      {R"({"choices":[],"usage":{"prompt_tokens":26,"completion_tokens":227,"total_tokens":560,"completion_tokens_details":{"reasoning_tokens":307}}})",
       "[DONE]"});

  EXPECT_EQ(heard.reply.usage.output_tokens, 534);
  EXPECT_EQ(heard.reply.usage.total_tokens, 560);
}

TEST(ReplyStream, ForgivesMissingAndNullMembers) {
  const Heard heard = hear_chunks(
      {R"({"id":null,"model":null,"choices":null})", R"({"choices":[{"delta":null,"finish_reason":null}]})",
       R"({"choices":[{}]})", R"({})", R"({"choices":[{"delta":{"content":null,"tool_calls":null,"refusal":null}}]})",
       R"({"choices":[{"delta":{"content":"","tool_calls":[]}}]})",
       R"({"choices":[{"delta":{"content":"ok"}}],"error":null})", "[DONE]"});

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.message, assistant_message("ok"));
}

TEST(ReplyStream, JoinsContentThatComesAsParts) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]}}]})",
       "[DONE]"});

  EXPECT_EQ(heard.text, "ab");
}

TEST(ReplyStream, ReadsAnErrorThatIsABareString) {
  const Heard heard = hear_chunks({R"({"error":"model crashed"})"});

  EXPECT_EQ(heard.error, "test (m) broke off: model crashed");
  EXPECT_EQ(heard.kind, FailureKind::server);
}

TEST(ReplyStream, ReadsAnErrorInsideAChoice) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{},"finish_reason":"error","error":{"code":502,"message":"upstream gone"}}]})"});

  EXPECT_EQ(heard.error, "test (m) broke off: upstream gone");
  EXPECT_EQ(heard.retry, RetryAdvice::unchanged);
}

TEST(ReplyStream, ReadsTheOlderFlatError) {
  EXPECT_EQ(hear_chunks({R"({"object":"error","message":"bad request","code":400})"}).kind,
            FailureKind::invalid_request);
}

TEST(ReplyStream, ReadsAQuotaErrorInsideASuccessAsFinal) {
  const Heard heard = hear_chunks(
      {R"({"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"You exceeded your current quota"}})"});

  EXPECT_EQ(heard.kind, FailureKind::billing);
  EXPECT_EQ(heard.retry, RetryAdvice::never);
}

TEST(ReplyStream, FailsOnAChunkThatIsNotJson) {
  const Heard heard = hear_chunks({R"({"choices":[{"delta":{"content":"ok"}}]})", "<html>oops</html>"});

  EXPECT_THAT(heard.error, testing::HasSubstr("not JSON"));
  EXPECT_EQ(heard.kind, FailureKind::protocol);
  EXPECT_EQ(heard.partial, assistant_message("ok"));
}

TEST(ReplyStream, TakesAnUnfinishedLastEventForACutNotForGarbage) {
  const Heard heard = hear("data: {\"choices\":[{\"delta\":{\"content\":\"ok\"}}]}\n\ndata: {\"choi");

  EXPECT_EQ(heard.kind, FailureKind::network);
}

TEST(ReplyStream, LeavesOutACallThatTheLengthLimitCut) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}}]})",
       R"({"choices":[{"delta":{},"finish_reason":"length"}]})", "[DONE]"});

  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre());
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::length);
}

TEST(ReplyStream, ReadsTheOlderFunctionCall) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{"function_call":{"name":"sum","arguments":""}}}]})",
       R"({"choices":[{"delta":{"function_call":{"arguments":"{\"a\":1}"}},"finish_reason":"function_call"}]})",
       "[DONE]"});

  ASSERT_EQ(heard.reply.message.tool_calls().size(), 1U);
  EXPECT_EQ(heard.reply.message.tool_calls()[0].arguments, R"({"a":1})");
}

TEST(ReplyStream, MovesThoughtsWhoseOpeningTagWasInThePrompt) {
  const Heard heard = hear_chunks({R"({"choices":[{"delta":{"content":"Add.</think>\n\nFour."}}]})", "[DONE]"}, true);

  EXPECT_EQ(heard.reply.message, (Message{Role::assistant, {Reasoning{"Add.", {}}, Text{"Four."}}}));
}

TEST(ReplyStream, ReadsAWholeCompletion) {
  const Heard heard =
      hear_whole(R"({"id":"c1","model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":"Hi",
      "refusal":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
      "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");

  EXPECT_EQ(heard.text, "Hi");
  EXPECT_EQ(heard.reply.message, (Message{Role::assistant, {Text{"Hi"}, ToolCall{"a", "f", "{}"}}}));
  EXPECT_EQ(heard.reply.usage.total_tokens, 3);
}

TEST(ReplyStream, ReadsAnErrorInAWholeBody) {
  EXPECT_EQ(hear_whole(R"({"error":{"code":503,"message":"no provider"}})").kind, FailureKind::overloaded);
  EXPECT_EQ(hear_whole(R"({"choices":[{"finish_reason":"error","error":{"code":500,"message":"x"}}]})").kind,
            FailureKind::server);
  EXPECT_EQ(hear_whole(R"({"status":"ok"})").kind, FailureKind::protocol);
}

TEST(ReplyStream, ReadsAStreamThatCameUnderTheWrongType) {
  EXPECT_EQ(hear_whole(recording("openai_text.sse")).text, "Hi, Zoë 😀");
}

TEST(ReplyStream, LetsAFailedTransportCountOnlyBeforeTheFinishReason) {
  Listener listener;
  ReplyStream cut(builder()), complete(builder());
  cut.feed("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", listener.show());
  complete.feed("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n",
                listener.show());

  cut.interrupt({Errc::unavailable, "reset by peer"});
  complete.interrupt({Errc::unavailable, "reset by peer"});

  EXPECT_EQ(cut.finish(listener.show()).error().error.message, "test (m): reset by peer");
  EXPECT_TRUE(complete.finish(listener.show()).has_value());
}

}  // namespace
}  // namespace convoke::openai_chat
