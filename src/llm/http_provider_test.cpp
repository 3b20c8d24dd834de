#include "llm/http_provider.hpp"

#include <gmock/gmock.h>

#include <deque>

#include "base/run.hpp"
#include "llm/make_provider.hpp"
#include "net/testing/scripted_server.hpp"

namespace convoke {
namespace {

using net::http_answer;
using net::ScriptedPeer;
using net::ScriptedServer;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string event(std::string_view data) { return "data: " + std::string(data) + "\n\n"; }

const std::string hello = event(R"({"id":"c1","model":"m-2","choices":[{"delta":{"content":"Hello "}}]})") +
                          event(R"({"choices":[{"delta":{"content":"there"},"finish_reason":"stop"}]})") +
                          event("[DONE]");

std::string stream_answer(std::string_view body, std::string_view type = "text/event-stream") {
  return http_answer(body, "200 OK", "Content-Type: " + std::string(type) + "\r\nx-request-id: req_7\r\n");
}

std::string json_answer(std::string_view status, std::string_view body, std::string_view headers = "") {
  return http_answer(body, status, "Content-Type: application/json\r\n" + std::string(headers));
}

/// A provider whose server gives each of `answers` to one request.
struct Fixture {
  explicit Fixture(std::deque<std::string> prepared, ProviderApi api = ProviderApi::openai_compatible)
      : answers(std::move(prepared)), server(loop.get_executor(), [this](ScriptedPeer& peer) { return serve(peer); }) {
    settings.name = "test";
    settings.api = api;
    settings.base_url = server.url("/v1");
    settings.model = "m";
    settings.api_key = Secret("sk-test-0123456789");
  }

  Task<> serve(ScriptedPeer& peer) {
    while (!answers.empty()) {
      const std::string request = co_await peer.read_request();
      if (request.empty()) co_return;
      requests.push_back(request);
      const std::string answer = std::move(answers.front());
      answers.pop_front();
      const bool sent = co_await peer.write(answer);
      if (!sent || answer.ends_with("CUT")) co_return;
    }
    co_await peer.wait_until_left();
  }

  ReplyResult ask(Prompt prompt = {.messages = {user_message("Hi")}}) {
    HttpProvider provider(settings, make_wire(settings), http, clock, Log{});
    return run(loop, server.during(provider.reply(std::move(prompt), [this](const Delta& delta) {
      if (const auto* text = std::get_if<TextDelta>(&delta)) shown += text->text;
    })));
  }

  std::deque<std::string> answers;
  std::vector<std::string> requests;
  asio::io_context loop{1};
  ScriptedServer server;
  net::HttpClient http{loop.get_executor(), {}};
  ManualClock clock;
  ProviderSettings settings;
  std::string shown;
};

TEST(HttpProvider, StreamsAReply) {
  Fixture f({stream_answer(hello)});

  const ReplyResult reply = f.ask();

  ASSERT_TRUE(reply) << reply.error().error.message;
  EXPECT_EQ(f.shown, "Hello there");
  EXPECT_EQ(reply->message, assistant_message("Hello there"));
  EXPECT_EQ(reply->model, "m-2");
  EXPECT_EQ(reply->provider_request_id, "req_7");
}

TEST(HttpProvider, EndsAnAnswerThatItsAskerFindsTooLong) {
  std::string endless;
  for (int i = 0; i < 100; ++i)
    endless += event(R"({"id":"c1","model":"m-2","choices":[{"delta":{"content":"la "}}]})");
  Fixture f({stream_answer(endless)});
  Prompt prompt{.messages = {user_message("Hi")}};
  prompt.terms.is_too_long = [&f] { return f.shown.size() >= 30; };

  const ReplyResult reply = f.ask(std::move(prompt));

  ASSERT_TRUE(reply) << reply.error().error.message;
  EXPECT_EQ(f.shown.size(), 30U);
  EXPECT_EQ(reply->message, assistant_message(f.shown));
  EXPECT_EQ(reply->finish_reason, FinishReason::length);
  EXPECT_TRUE(reply->is_cut_by_us);
}

TEST(HttpProvider, SendsTheKeyAndTheSettings) {
  Fixture f({stream_answer(hello)});
  f.settings.temperature = 0.5;
  f.settings.max_tokens = 9;

  EXPECT_TRUE(f.ask().has_value());

  EXPECT_THAT(f.requests[0], StartsWith("POST /v1/chat/completions HTTP/1.1"));
  EXPECT_THAT(f.requests[0], HasSubstr("Authorization: Bearer sk-test-0123456789\r\n"));
  EXPECT_THAT(f.requests[0], HasSubstr(R"("max_tokens":9)"));
  EXPECT_THAT(f.requests[0], HasSubstr(R"("temperature":0.5)"));
}

TEST(HttpProvider, SendsNoAuthorizationWithoutAKey) {
  Fixture f({stream_answer(hello)});
  f.settings.api_key = Secret();

  EXPECT_TRUE(f.ask().has_value());

  EXPECT_THAT(f.requests[0], Not(HasSubstr("Authorization")));
}

TEST(HttpProvider, ReadsACompletionThatIsNotAStream) {
  Fixture f({json_answer("200 OK", R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})")});

  EXPECT_EQ(f.ask().value().message, assistant_message("Hi"));
  EXPECT_EQ(f.shown, "Hi");
}

TEST(HttpProvider, ReadsAStreamUnderTheWrongType) {
  Fixture f({stream_answer(hello, "application/json")});

  EXPECT_EQ(f.ask().value().message, assistant_message("Hello there"));
}

TEST(HttpProvider, ReadsAnErrorUnderTheStatusOfASuccess) {
  Fixture f({json_answer("200 OK", R"({"error":{"code":429,"message":"slow down"}})")});

  EXPECT_EQ(f.ask().error().kind, FailureKind::rate_limit);
}

TEST(HttpProvider, ReportsARefusalWithItsWait) {
  Fixture f(
      {json_answer("429 Too Many Requests", R"({"error":{"message":"Rate limit reached"}})", "retry-after: 2\r\n")});

  const ReplyResult reply = f.ask();

  EXPECT_EQ(reply.error().error, (Error{Errc::rate_limited, "test (m) answered 429: Rate limit reached", 2s}));
  EXPECT_EQ(reply.error().retry, RetryAdvice::unchanged);
}

TEST(HttpProvider, TakesAWebPageForAFailure) {
  Fixture f({http_answer("<html>hello</html>", "200 OK", "Content-Type: text/html\r\n")});

  EXPECT_EQ(f.ask().error().error.message, "test (m) answered 200 with a web page instead of data");
}

TEST(HttpProvider, KeepsWhatArrivedBeforeTheConnectionWasCut) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n";
  Fixture f({head + event(R"({"choices":[{"delta":{"content":"Hel"}}]})") + ": CUT"});

  const ReplyResult reply = f.ask();

  EXPECT_EQ(reply.error().kind, FailureKind::network);
  EXPECT_EQ(reply.error().partial, assistant_message("Hel"));
}

TEST(HttpProvider, AsksOnceMoreWithoutAParameterTheModelRefuses) {
  const std::string refusal = json_answer(
      "400 Bad Request",
      R"({"error":{"message":"Unsupported parameter: 'temperature' is not supported with this model.","param":"temperature","code":"unsupported_parameter"}})");
  Fixture f({refusal, stream_answer(hello)});
  f.settings.temperature = 0.5;

  EXPECT_TRUE(f.ask().has_value());

  ASSERT_EQ(f.requests.size(), 2U);
  EXPECT_THAT(f.requests[1], Not(HasSubstr("temperature")));
}

TEST(HttpProvider, NamesTheProgramToOpenRouterIfItMay) {
  Fixture f({stream_answer(hello), stream_answer(hello)}, ProviderApi::openrouter);
  f.settings.openrouter.app_url = "https://chat.example.org";

  EXPECT_TRUE(f.ask().has_value());

  EXPECT_THAT(f.requests[0], HasSubstr("HTTP-Referer: https://chat.example.org\r\n"));
  EXPECT_THAT(f.requests[0], HasSubstr("X-OpenRouter-Title: Convoke\r\n"));
}

const std::string anthropic_hello =
    event(R"({"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":3}}})") +
    event(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}})") +
    event(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})") +
    event(R"({"type":"message_stop"})");

TEST(HttpProvider, SpeaksAnthropicMessages) {
  Fixture f({stream_answer(anthropic_hello)}, ProviderApi::anthropic);

  const ReplyResult reply = f.ask();

  ASSERT_TRUE(reply) << reply.error().error.message;
  EXPECT_EQ(reply->message, assistant_message("Hello"));
  EXPECT_EQ(reply->usage.total_tokens, 5);
  EXPECT_THAT(f.requests[0], StartsWith("POST /v1/messages HTTP/1.1"));
  EXPECT_THAT(f.requests[0], HasSubstr("x-api-key: sk-test-0123456789\r\n"));
  EXPECT_THAT(f.requests[0], HasSubstr("anthropic-version: 2023-06-01\r\n"));
  EXPECT_THAT(f.requests[0], Not(HasSubstr("Authorization")));
}

TEST(HttpProvider, AsksAnthropicOnceMoreWithoutWhatTheModelRefuses) {
  const std::string refusal = json_answer(
      "400 Bad Request",
      R"({"type":"error","error":{"type":"invalid_request_error","message":"thinking.type: adaptive is not supported by this model"}})");
  Fixture f({refusal, stream_answer(anthropic_hello)}, ProviderApi::anthropic);

  EXPECT_TRUE(f.ask().has_value());

  ASSERT_EQ(f.requests.size(), 2U);
  EXPECT_THAT(f.requests[0], HasSubstr(R"("thinking":)"));
  EXPECT_THAT(f.requests[1], Not(HasSubstr(R"("thinking":)")));
}

TEST(HttpProvider, ChoosesOpenAisWireByTheModel) {
  Fixture f({stream_answer(event(R"({"type":"response.completed","response":{"status":"completed","output":[]}})")),
             stream_answer(hello)},
            ProviderApi::openai);

  f.settings.model = "gpt-6.1-terra";
  EXPECT_TRUE(f.ask().has_value());
  f.settings.model = "gpt-4.1";
  EXPECT_TRUE(f.ask().has_value());

  EXPECT_THAT(f.requests[0], StartsWith("POST /v1/responses HTTP/1.1"));
  EXPECT_THAT(f.requests[1], StartsWith("POST /v1/chat/completions HTTP/1.1"));
}

TEST(HttpProvider, LearnsThatAModelCannotSee) {
  const std::string refusal = json_answer(
      "400 Bad Request",
      R"({"error":{"message":"Invalid content type. image_url is only supported by certain models.","type":"invalid_request_error"}})");
  Fixture f({refusal, stream_answer(hello)});

  EXPECT_TRUE(f.ask({.messages = {{Role::user, {Text{"Look"}, Image{"image/png", "QUJD", ""}}}}}).has_value());

  ASSERT_EQ(f.requests.size(), 2U);
  EXPECT_THAT(f.requests[1], HasSubstr("this model cannot see it"));
}

TEST(HttpProvider, GivesUpOnAServerThatStaysSilent) {
  Fixture f({""});
  f.settings.timeouts.first_byte = 20ms;

  const ReplyResult reply = f.ask();

  EXPECT_EQ(reply.error().error.code, Errc::timed_out);
  EXPECT_EQ(reply.error().retry, RetryAdvice::unchanged);
}

TEST(HttpProvider, ReportsAServerThatIsNotThere) {
  Fixture f({});
  f.settings.base_url = "http://127.0.0.1:1/v1";

  const ReplyResult reply = f.ask();

  EXPECT_EQ(reply.error().error.code, Errc::unavailable);
  EXPECT_THAT(reply.error().error.message, Not(HasSubstr("sk-test")));
}

}  // namespace
}  // namespace convoke
