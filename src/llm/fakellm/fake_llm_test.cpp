#include "llm/fakellm/fake_llm.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "llm/make_provider.hpp"
#include "llm/openai_chat/reply_accumulator.hpp"
#include "llm/reply_stream.hpp"

namespace convoke::fakellm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Collects what a stream writes.
class Collector final : public net::BodyWriter {
 public:
  Task<Result<void>> write(std::string bytes) override {
    writes.push_back(std::move(bytes));
    co_return Result<void>{};
  }
  void break_off() override { was_broken_off = true; }
  std::string all() const {
    std::string joined;
    for (const std::string& write : writes) joined += write;
    return joined;
  }
  std::vector<std::string> writes;
  bool was_broken_off = false;
};

struct Fixture {
  explicit Fixture(std::string_view script = "{}") : model(read_script(script, Pace{}).value(), Pace{}) {}

  net::ServerResponse post(const json::value& body) {
    return run(model.answer({.method = "POST",
                             .path = "/v1/chat/completions",
                             .query = {},
                             .headers = {},
                             .body = json::serialize(body),
                             .peer = {}}));
  }
  net::ServerResponse get(std::string path, std::string method = "GET") {
    return run(model.answer(
        {.method = std::move(method), .path = std::move(path), .query = {}, .headers = {}, .body = {}, .peer = {}}));
  }

  /// What a provider of this kind makes of the answer to `text`.
  ReplyResult ask_as(ProviderApi api, std::string text, bool streamed = true) {
    ProviderSettings settings{.name = "fake", .api = api, .model = "any"};
    const auto wire = make_wire(settings);
    const Prompt prompt{
        .model = "any", .messages = {system_message("Be brief."), user_message(text)}, .tools = {{"sum"}}};
    WireRequest written = wire->request_for(prompt);
    json::value body = parse_json(written.body).value();
    body.as_object()["stream"] = streamed;
    const net::ServerResponse response = run(model.answer({.method = "POST",
                                                           .path = "/v1" + written.path,
                                                           .query = {},
                                                           .headers = written.headers,
                                                           .body = json::serialize(body),
                                                           .peer = {}}));
    ReplyStream stream(wire->builder_for(prompt, {.provider = "fake", .model = "any"}, WallTime{}));
    const auto ignore = [](const Delta&) {};
    if (response.stream) {
      collected = {};
      run(response.stream(collected));
      stream.feed(collected.all(), ignore);
    } else {
      stream.feed_whole(response.body, ignore);
    }
    return stream.finish(ignore);
  }

  /// The streamed answer to `text`, as a client's codec understands it.
  ReplyResult ask(std::string text, std::string model_name = "any") {
    const net::ServerResponse response = post({{"model", model_name},
                                               {"stream", true},
                                               {"stream_options", {{"include_usage", true}}},
                                               {"tools", {{{"type", "function"}, {"function", {{"name", "sum"}}}}}},
                                               {"messages", {{{"role", "user"}, {"content", text}}}}});
    collected = {};
    run(response.stream(collected));
    ReplyStream stream(std::make_unique<openai_chat::ReplyAccumulator>(
        openai_chat::ReplyOptions{.asked = {.provider = "fake", .model = model_name}}));
    const auto ignore = [](const Delta&) {};
    for (const std::string& write : collected.writes) {
      if (stream.feed(write, ignore) == Wanted::done) break;
    }
    return stream.finish(ignore);
  }

  FakeLlm model;
  Collector collected;
};

TEST(FakeLlm, RepeatsTheLastMessage) {
  Fixture f;
  const ReplyResult reply = f.ask("Grüß Gott, how are you?", "echo");

  ASSERT_TRUE(reply) << reply.error().error.message;
  EXPECT_EQ(reply->message.text(), "Grüß Gott, how are you?");
  EXPECT_EQ(reply->usage, (Usage{.input_tokens = 5, .output_tokens = 5, .total_tokens = 10}));
}

TEST(FakeLlm, SaysAsManyWordsAsItsNameTells) {
  Fixture f;

  EXPECT_EQ(f.ask("go", "fixed:3").value().message.text(), "word1 word2 word3");
  EXPECT_EQ(f.ask("go", "fixed:3").value().message.text(), "word1 word2 word3");
  EXPECT_EQ(f.post({{"model", "fixed:many"}, {"messages", {{{"content", "x"}}}}}).status, 400);
}

TEST(FakeLlm, CallsTheFirstToolAndTellsItsResult) {
  Fixture f;

  EXPECT_THAT(f.ask("go", "tools").value().message.tool_calls(), ElementsAre(ToolCall{"call_1", "sum", "{}"}));
  const auto told = f.post({{"model", "tools"}, {"messages", {{{"role", "tool"}, {"content", "5"}}}}});
  EXPECT_THAT(told.body, HasSubstr("The tool said: 5"));
}

TEST(FakeLlm, FollowsItsScriptAndThenItsRule) {
  Fixture f(
      R"({"answers":[{"text":"first"},{"tool_calls":[{"name":"f","arguments":{"a":1}}]}],"otherwise":{"text":"always"}})");

  EXPECT_EQ(f.ask("1").value().message.text(), "first");
  EXPECT_THAT(f.ask("2").value().message.tool_calls(), ElementsAre(ToolCall{"call_1", "f", R"({"a":1})"}));
  EXPECT_EQ(f.ask("3").value().message.text(), "always");
  EXPECT_EQ(f.ask("4").value().message.text(), "always");
}

TEST(FakeLlm, FailsWithStatusAndWait) {
  Fixture f;
  const auto response =
      f.post({{"model", "m"},
              {"messages",
               {{{"role", "user"}, {"content", R"(!fake {"status":429,"retry_after":"2","error":"slow down"})"}}}}});

  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(net::find_header(response.headers, "retry-after"), "2");
  EXPECT_THAT(response.body, HasSubstr("slow down"));
}

TEST(FakeLlm, ThinksBeforeItSpeaks) {
  Fixture f;

  EXPECT_EQ(f.ask(R"(!fake {"reasoning":"two and two","text":"four"})").value().message,
            (Message{Role::assistant, {Reasoning{"two and two", {}}, Text{"four"}}}));
}

TEST(FakeLlm, CutsItsAnswer) {
  Fixture f;
  const ReplyResult reply = f.ask(R"(!fake {"text":"a b c d","cut_after":2})");

  EXPECT_TRUE(f.collected.was_broken_off);
  EXPECT_EQ(reply.error().partial.text(), "a b ");
}

TEST(FakeLlm, BreaksOffWithAnErrorInsideOfASuccess) {
  Fixture f;
  const ReplyResult reply = f.ask(R"(!fake {"text":"a b c d","error_after":1,"error":"out of memory"})");

  EXPECT_EQ(reply.error().error.message, "fake (any) broke off: out of memory");
  EXPECT_EQ(reply.error().partial.text(), "a ");
}

TEST(FakeLlm, SendsGarbage) {
  Fixture f;

  EXPECT_EQ(f.ask(R"(!fake {"text":"a b","garbage_after":1})").error().kind, FailureKind::protocol);
}

TEST(FakeLlm, LeavesOutTheEndMarkerAndTheUsage) {
  Fixture f;
  const ReplyResult reply = f.ask(R"(!fake {"text":"a","done":false,"usage":false})");

  EXPECT_EQ(reply.value().usage, Usage{});
  EXPECT_THAT(f.collected.all(), Not(HasSubstr("[DONE]")));
}

TEST(FakeLlm, CutsWritesInsideOfCharactersAndEndsLinesWithCrLf) {
  Fixture f;
  const ReplyResult reply = f.ask(R"(!fake {"text":"äöü 😀","split_utf8":true,"crlf":true})");

  EXPECT_EQ(reply.value().message.text(), "äöü 😀");
  EXPECT_GT(f.collected.writes.size(), 6U);
  EXPECT_THAT(f.collected.all(), HasSubstr("\r\n\r\n"));
}

TEST(FakeLlm, SendsChunksOfAnySizeUnderAnyType) {
  Fixture f;
  const auto response =
      f.post({{"model", "m"},
              {"stream", true},
              {"messages", {{{"content", R"(!fake {"text":"abcdef","chunk_bytes":4,"content_type":"text/plain"})"}}}}});
  Collector collected;
  run(response.stream(collected));

  EXPECT_EQ(net::find_header(response.headers, "content-type"), "text/plain");
  EXPECT_THAT(collected.all(), HasSubstr(R"("content":"abcd")"));
}

class EveryTongue : public testing::TestWithParam<ProviderApi> {};

constexpr std::string_view everything =
    R"(!fake {"text":"one two","reasoning":"hm","tool_calls":[{"name":"sum","arguments":{"a":1}}]})";

TEST_P(EveryTongue, IsUnderstoodByTheWireThatReadsIt) {
  Fixture f;

  for (const bool streamed : {true, false}) {
    const ReplyResult reply = f.ask_as(GetParam(), std::string(everything), streamed);

    ASSERT_TRUE(reply) << reply.error().error.message;
    ASSERT_EQ(reply->message.parts.size(), 3U);
    EXPECT_EQ(std::get<Reasoning>(reply->message.parts[0]).text, "hm");
    EXPECT_EQ(reply->message.text(), "one two");
    EXPECT_THAT(reply->message.tool_calls(), ElementsAre(ToolCall{"call_1", "sum", R"({"a":1})"}));
    EXPECT_EQ(reply->finish_reason, FinishReason::tool_calls);
    EXPECT_EQ(reply->usage.output_tokens, 3);
    EXPECT_GT(reply->usage.input_tokens, 2);
  }
}

TEST_P(EveryTongue, CanEndForEachReason) {
  Fixture f;
  const auto reason = [&](std::string_view text) {
    return f.ask_as(GetParam(), std::string(text)).value().finish_reason;
  };

  EXPECT_EQ(reason(R"(!fake {"text":"a"})"), FinishReason::stop);
  EXPECT_EQ(reason(R"(!fake {"text":"a","finish_reason":"length"})"), FinishReason::length);
  EXPECT_THAT(reason(R"(!fake {"text":"a","finish_reason":"content_filter"})"),
              testing::AnyOf(FinishReason::content_filter, FinishReason::refusal));
}

TEST_P(EveryTongue, CanFailMidway) {
  Fixture f;

  const ReplyResult broken =
      f.ask_as(GetParam(), R"(!fake {"text":"one two three","error_after":4,"error":"out of order"})");
  const ReplyResult cut = f.ask_as(GetParam(), R"(!fake {"text":"one two three","cut_after":3})");

  EXPECT_EQ(broken.error().error.message, "fake (any) broke off: out of order");
  EXPECT_EQ(broken.error().kind, FailureKind::server);
  EXPECT_EQ(cut.error().kind, FailureKind::network);
}

TEST_P(EveryTongue, RefusesInItsOwnForm) {
  Fixture f(R"({"otherwise":{"status":429,"error":"slow down"}})");

  const ReplyResult refused = f.ask_as(GetParam(), "hi");

  EXPECT_EQ(refused.error().kind, FailureKind::rate_limit);
}

INSTANTIATE_TEST_SUITE_P(FakeLlm, EveryTongue,
                         testing::Values(ProviderApi::openai_compatible, ProviderApi::openai_responses,
                                         ProviderApi::anthropic));

TEST(FakeLlm, WantsOfARequestWhatAnthropicWants) {
  Fixture f;
  const auto post = [&](net::Headers headers, std::string body) {
    return run(f.model.answer({.method = "POST",
                               .path = "/v1/messages",
                               .query = {},
                               .headers = std::move(headers),
                               .body = std::move(body),
                               .peer = {}}));
  };

  EXPECT_THAT(post({}, "{}").body, HasSubstr("anthropic-version: header is required"));
  EXPECT_THAT(post({{"anthropic-version", "2023-06-01"}}, R"({"model":"m","messages":[]})").body,
              HasSubstr(R"("type":"invalid_request_error","message":"max_tokens: Field required")"));
}

TEST(FakeLlm, AnswersWithoutAStreamWhenNoneWasAskedFor) {
  Fixture f;
  const auto response = f.post({{"model", "echo"}, {"messages", {{{"role", "user"}, {"content", "hi"}}}}});

  EXPECT_EQ(find_string(parse_json(response.body).value().at("choices").at(0).at("message"), "content"), "hi");
}

TEST(FakeLlm, RemembersTheRequestsUntilToldToForget) {
  Fixture f;
  f.ask("one", "echo");
  f.ask("two", "echo");

  const json::value seen = parse_json(f.get("/requests").body).value();
  EXPECT_EQ(seen.at("count"), 2);
  EXPECT_EQ(seen.at("requests").at(1).at("messages").at(0).at("content"), "two");
  EXPECT_EQ(parse_json(f.get("/requests", "DELETE").body).value().at("count"), 0);
}

TEST(FakeLlm, ListsItsModelsAndNothingElse) {
  Fixture f;

  EXPECT_EQ(parse_json(f.get("/v1/models").body).value().at("data").at(0).at("id"), "echo");
  EXPECT_EQ(f.get("/v1/embeddings").status, 404);
}

TEST(FakeScript, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(read_script(R"({"answers":[{"txt":"x"}]})", {}).error().message, "an answer has no 'txt'");
  EXPECT_EQ(read_script(R"({"answers":[{"status":9}]})", {}).error().message, "'status' of an answer cannot be 9");
  EXPECT_EQ(read_script(R"({"answer":[]})", {}).error().message,
            "a script has 'answers' (an array), 'otherwise' and 'schedule', not 'answer'");
}

}  // namespace
}  // namespace convoke::fakellm
