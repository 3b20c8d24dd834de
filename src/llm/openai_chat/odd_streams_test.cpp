// Streams nobody should send, and that somebody sends: what must still be understood.
#include <gmock/gmock.h>

#include "llm/openai_chat/reply_accumulator.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke::openai_chat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<ReplyBuilder> builder() {
  return std::make_unique<ReplyAccumulator>(
      ReplyOptions{.asked = {.provider = "test", .model = "m"}, .think_tags = true});
}

Heard hear(std::string_view bytes) { return hear_with(builder(), bytes); }
Heard hear_whole(std::string_view body) { return hear_whole_with(builder(), body); }

Heard hear_chunks(std::initializer_list<std::string_view> chunks) { return hear(event_stream(chunks)); }

Heard hear_deltas(std::initializer_list<std::string_view> deltas) {
  std::string bytes;
  for (const std::string_view delta : deltas) {
    bytes += R"(data: {"choices":[{"index":0,"delta":)" + std::string(delta) + "}]}\n\n";
  }
  return hear(bytes + "data: [DONE]\n\n");
}

TEST(OddChatStream, ComesInAnyFraming) {
  const Heard heard = hear(
      "\xEF\xBB\xBF: OPENROUTER PROCESSING\r\n\r\n:\n\nid: 1\nretry: 10\nevent: message\n"
      "data:{\"choices\":[{\"delta\":\r\ndata: {\"content\":\"a\"}}]}\r\n\r\ndata:  "
      "{\"choices\":[{\"delta\":{\"content\":"
      "\"b\"}}]}  \r\rdata:[DONE] \n\n");

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.message, assistant_message("ab"));
}

TEST(OddChatStream, CutsCharactersInHalf) {
  const Heard heard = hear_deltas({R"({"content":"a\ud83d"})", R"({"content":"\ude00b"})", R"({"content":"\udc00"})",
                                   "{\"content\":\"\xF0\x9F\"}"});

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.text, "a😀b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(heard.reply.message, assistant_message(heard.text));
}

TEST(OddChatStream, EndsWithTheWholeMessageAfterItsPieces) {
  const Heard heard =
      hear_chunks({R"({"choices":[{"delta":{"content":"Hello"}}]})",
                   R"({"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]})", "[DONE]"});

  EXPECT_EQ(heard.text, "Hello");
}

TEST(OddChatStream, ThinksUnderManyNames) {
  EXPECT_EQ(hear_deltas({R"({"reasoning_text":"hm","content":"a"})"}).reasoning, "hm");
  EXPECT_EQ(hear_deltas({R"({"thinking":"hm"})"}).reasoning, "hm");
  EXPECT_EQ(hear_deltas({R"({"reasoning":null,"reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}]})"})
                .reasoning,
            "hm");
  EXPECT_EQ(hear_deltas({R"({"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}]})"})
                .reasoning,
            "hm");
  const Heard mistral = hear_deltas(
      {R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"}]})"});
  EXPECT_EQ(mistral.reasoning, "hm");
  EXPECT_EQ(mistral.text, "a");
}

TEST(OddChatStream, KeepsWhatItSaidBeforeItRefused) {
  const Heard heard = hear_deltas({R"({"content":"Well. "})", R"({"refusal":"I cannot."})"});

  EXPECT_EQ(heard.reply.message, assistant_message("Well. I cannot."));
  EXPECT_EQ(heard.reply.finish_reason, FinishReason::refusal);
}

TEST(OddChatStream, HasOddFinishReasons) {
  const auto reason = [](std::string_view word) {
    return hear_chunks(
               {R"({"choices":[{"delta":{"content":"a"},"finish_reason":)" + std::string(word) + "}]}", "[DONE]"})
        .reply.finish_reason;
  };
  EXPECT_EQ(reason(R"("eos_token")"), FinishReason::stop);
  EXPECT_EQ(reason(R"("")"), FinishReason::stop);
  EXPECT_EQ(reason("7"), FinishReason::stop);
  EXPECT_EQ(reason(R"("model_length")"), FinishReason::length);
  EXPECT_EQ(reason(R"("MAX_TOKENS")"), FinishReason::length);
  EXPECT_EQ(reason(R"("SAFETY")"), FinishReason::content_filter);
  EXPECT_EQ(reason(R"("refusal")"), FinishReason::refusal);
}

TEST(OddChatStream, StopsBecauseTheServerHasNoRoom) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{"content":"a"},"finish_reason":"insufficient_system_resource"}]})", "[DONE]"});

  EXPECT_THAT(heard.error, HasSubstr("insufficient_system_resource"));
  EXPECT_EQ(heard.retry, RetryAdvice::unchanged);
  EXPECT_EQ(heard.partial, assistant_message("a"));
}

TEST(OddChatStream, SaysThatItFailedInManyForms) {
  EXPECT_THAT(hear_chunks({R"([{"error":{"code":503,"message":"no room","status":"UNAVAILABLE"}}])"}).error,
              HasSubstr("no room"));
  EXPECT_THAT(hear_chunks({R"({"type":"error","message":"no room"})"}).error, HasSubstr("no room"));
  EXPECT_THAT(hear("event: error\ndata: {\"message\":\"no room\"}\n\n").error, HasSubstr("no room"));
  EXPECT_THAT(hear("{\"error\":{\"message\":\"no room\"}}").error, HasSubstr("no room"));
  EXPECT_THAT(hear("\xEF\xBB\xBF\n{\n  \"error\": \"no room\"\n}\n").error, HasSubstr("no room"));
  EXPECT_THAT(hear_whole("\xEF\xBB\xBF [{\"error\":{\"message\":\"no room\"}}]").error, HasSubstr("no room"));
  EXPECT_THAT(hear_whole(R"({"detail":"no room"})").error, HasSubstr("no completion"));
}

TEST(OddChatStream, IsAWholeAnswerThatCallsItselfAStream) {
  const Heard heard =
      hear("{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\n\"usage\":null}\n");

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.message, assistant_message("Hi"));
}

TEST(OddChatStream, HasNumbersAsNobodyExpectsThem) {
  const Heard heard = hear_chunks(
      {R"({"created":99999999999999999999999,"choices":[{"index":1e400,"delta":{"content":"a"}}],"usage":{}})",
       R"({"choices":[],"usage":{"prompt_tokens":12.0,"completion_tokens":-3,"total_tokens":"many","prompt_tokens_details":7}})",
       R"({"choices":[],"usage":7})", "[DONE]"});

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.usage, (Usage{.input_tokens = 12, .total_tokens = 12}));
}

TEST(OddChatStream, SendsTheSameFinishReasonTwice) {
  const Heard heard = hear_chunks(
      {R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]})",
       R"({"choices":[{"delta":{"content":""},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
       "[DONE]"});

  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"a", "f", "{}"}));
}

TEST(OddChatStream, CutsACallBeforeItsFirstArgument) {
  const Heard heard =
      hear_chunks({R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}},)"
                   R"({"index":1,"id":"b","function":{"name":"erase_all","arguments":""}}]}}]})",
                   R"({"choices":[{"delta":{},"finish_reason":"length"}]})", "[DONE]"});

  EXPECT_THAT(heard.reply.message.tool_calls(), ElementsAre(ToolCall{"a", "f", "{}"}));
}

TEST(OddChatStream, HasNullInEveryPlace) {
  const Heard heard = hear_chunks(
      {"null", "[]", "7", R"("text")", R"({"choices":[null]})", R"({"choices":{}})",
       R"({"choices":[{"delta":{"tool_calls":[null,7,{"index":null,"id":null,"type":null,"function":null}]}}]})",
       R"({"choices":[{"delta":{"role":null,"content":[null,{"type":null,"text":null}],"reasoning_details":[null]}}]})",
       R"({"choices":[{"delta":{"content":"ok","function_call":null},"logprobs":null,"error":null}],"x_groq":null})",
       "[DONE]"});

  EXPECT_EQ(heard.error, "");
  EXPECT_EQ(heard.reply.message, assistant_message("ok"));
}

TEST(OddChatStream, MixesToolCallsInOneChunkWithWordsAndThoughts) {
  const Heard heard = hear_deltas(
      {R"({"reasoning":"hm","content":"Let me see.","tool_calls":[{"id":"","function":{"name":"f","arguments":{"a":1}}}]})",
       R"({"tool_calls":[{"function":{"name":"g","arguments":null}}]})"});

  ASSERT_EQ(heard.reply.message.tool_calls().size(), 2U);
  EXPECT_EQ(heard.reply.message.tool_calls()[0].arguments, R"({"a":1})");
  EXPECT_EQ(heard.reply.message.tool_calls()[1].name, "g");
  EXPECT_EQ(heard.text, "Let me see.");
}

}  // namespace
}  // namespace convoke::openai_chat
