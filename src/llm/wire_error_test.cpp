#include "llm/wire_error.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using std::chrono::milliseconds;
using Fields = std::vector<std::pair<std::string, std::string>>;

const WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours(12)};

ReplyError refused(int status, std::string_view body, Fields headers = {}) {
  const Asked asked{.provider = "groq", .model = "gpt-oss", .api_key = Secret("my-own-secret")};
  return wire_error(asked, {.status = status, .headers = headers, .body = body}, noon).reply_error;
}

struct Verdict {
  FailureKind kind;
  RetryAdvice retry;
  bool operator==(const Verdict&) const = default;
};

Verdict verdict(int status, std::string_view body, Fields headers = {}) {
  const ReplyError error = refused(status, body, std::move(headers));
  return {error.kind, error.retry};
}

std::optional<milliseconds> wait_of(Fields headers, std::string_view body = "{}") {
  return refused(429, body, std::move(headers)).error.retry_after;
}

constexpr auto never = RetryAdvice::never;
constexpr auto unchanged = RetryAdvice::unchanged;

TEST(WireError, NamesWhoSaidWhat) {
  const ReplyError error = refused(
      404,
      R"({"error":{"message":"The model 'x' does not exist","type":"invalid_request_error","code":"model_not_found"}})");

  EXPECT_EQ(error.error.message, "groq (gpt-oss) answered 404: The model 'x' does not exist");
  EXPECT_EQ(error.error.code, Errc::not_found);
  EXPECT_EQ(error.kind, FailureKind::model_not_found);
}

TEST(WireError, MissesTheModelEvenWhereTheBodyDoesNotNameIt) {
  const auto kind = [](std::string_view body) { return refused(404, body).kind; };
  EXPECT_EQ(kind(R"({"error":{"message":"Not found","type":"not_found_error"}})"), FailureKind::model_not_found);
  EXPECT_EQ(kind(R"({"error":{"message":"The requested resource was not found."}})"), FailureKind::model_not_found);
  EXPECT_EQ(kind(R"({"type":"error","error":{"type":"not_found_error","message":"claude-x"}})"),
            FailureKind::model_not_found);
}

TEST(WireError, TellsAWrongAddressFromAMissingModel) {
  const auto kind = [](std::string_view body) { return refused(404, body).kind; };
  EXPECT_EQ(kind(R"({"detail":"Not Found"})"), FailureKind::invalid_request);
  EXPECT_EQ(kind("404 page not found"), FailureKind::invalid_request);
  EXPECT_EQ(kind(R"json({"error":{"message":"Invalid URL (POST /v2/chat)","type":"invalid_request_error"}})json"),
            FailureKind::invalid_request);
  EXPECT_EQ(kind(R"({"error":{"code":404,"message":"File Not Found","type":"not_found_error"}})"),
            FailureKind::invalid_request);
}

TEST(WireError, SaysThatAModelIsRetiredAndNamesItsSuccessor) {
  const Asked asked{"groq", "llama-3.3-70b-versatile"};
  const Fields none;
  const auto error =
      wire_error(asked, {.status = 404, .headers = none, .body = R"({"error":{"message":"gone"}})"}, WallTime{});

  EXPECT_EQ(error.reply_error.kind, FailureKind::model_not_found);
  EXPECT_EQ(error.reply_error.error.message,
            "groq (llama-3.3-70b-versatile) answered 404: gone; 'llama-3.3-70b-versatile' was retired on 2026-08-16; "
            "use 'openai/gpt-oss-120b' instead");
}

TEST(WireError, RetriesWhatPasses) {
  for (const int status : {408, 409, 425, 429, 498, 500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 529}) {
    EXPECT_EQ(refused(status, "{}").retry, unchanged) << status;
  }
}

TEST(WireError, DoesNotRetryWhatWillBeTheSame) {
  for (const int status : {400, 401, 402, 403, 404, 413, 422}) EXPECT_EQ(refused(status, "{}").retry, never) << status;
}

TEST(WireError, ObeysTheProvidersOwnAdvice) {
  EXPECT_EQ(refused(429, "{}", {{"X-Should-Retry", "false"}}).retry, never);
  EXPECT_EQ(refused(400, "{}", {{"x-should-retry", "true"}}).retry, unchanged);
}

TEST(WireError, KnowsTheRateLimitsThatPatienceDoesNotHelp) {
  EXPECT_EQ(verdict(429, R"({"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m"}})"),
            (Verdict{FailureKind::billing, never}));
  EXPECT_EQ(verdict(429, R"({"error":{"type":"insufficient_quota","code":"credit_balance_exhausted","message":"m"}})"),
            (Verdict{FailureKind::billing, never}));
  EXPECT_EQ(
      verdict(
          429,
          R"({"error":{"code":"rate_limit_exceeded","message":"Request too large for gpt-x on tokens per min (TPM): Limit 30000, Requested 31538."}})"),
      (Verdict{FailureKind::too_large_for_rate, never}));
  EXPECT_EQ(
      verdict(
          429,
          R"({"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}})"),
      (Verdict{FailureKind::billing, never}));
  EXPECT_EQ(verdict(429, R"({"error":{"code":429,"message":"m","availability":{"retryable":false}}})").retry, never);
  EXPECT_EQ(verdict(429, R"({"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day"}})").retry,
            never);
  EXPECT_EQ(
      verdict(429, R"({"error":{"code":429,"message":"m","metadata":{"limit_source":"openrouter_free_tier_daily"}}})")
          .retry,
      never);
}

TEST(WireError, WaitsForAnOrdinaryRateLimit) {
  EXPECT_EQ(
      verdict(
          429,
          R"({"error":{"message":"Rate limit reached ... Limit 6000, Used 5034, Requested 1443. Please try again in 4.77s.","type":"tokens","code":"rate_limit_exceeded"}})"),
      (Verdict{FailureKind::rate_limit, unchanged}));
  EXPECT_EQ(verdict(429, R"({"error":{"code":429,"message":"Rate limit exceeded: free-models-per-min"}})"),
            (Verdict{FailureKind::rate_limit, unchanged}));
}

TEST(WireError, RecognizesGroqsRequestThatExceedsAMinute) {
  EXPECT_EQ(
      verdict(
          413,
          R"({"error":{"message":"Request too large for model 'x' on tokens per minute (TPM): Limit 6000, Requested 6294, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}})"),
      (Verdict{FailureKind::too_large_for_rate, never}));
}

TEST(WireError, AsksCoolerWhenTheModelWroteACallItsServerCannotRead) {
  EXPECT_EQ(verdict(400, R"({"error":{"message":"Failed to call a function.","code":"tool_use_failed"}})",
                    {{"x-should-retry", "false"}}),
            (Verdict{FailureKind::bad_tool_call, RetryAdvice::cooler}));
}

TEST(WireError, RecognizesContextOverflowInEveryonesWords) {
  for (
      const std::string_view body :
      {R"({"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 5000","code":400}})",
       R"({"error":{"code":"context_length_exceeded","message":"m"}})",
       R"({"error":{"code":400,"message":"request (13392 tokens) exceeds the available context size, 8192 tokens","type":"exceed_context_size_error"}})",
       R"({"error":{"type":"invalid_request_error","message":"prompt is too long: 213462 tokens > 200000 maximum"}})",
       R"({"error":"Trying to keep the first 9000 tokens; tokens to keep from the initial prompt is greater than the context length"})",
       R"({"error":{"message":"The input token count (99) exceeds the maximum number of tokens allowed (9)."}})"}) {
    EXPECT_EQ(verdict(400, body), (Verdict{FailureKind::context_overflow, never})) << body;
  }
  EXPECT_NE(verdict(429, R"({"error":{"message":"rate limit: maximum context length per minute"}})").kind,
            FailureKind::context_overflow);
}

TEST(WireError, ReadsEveryShapeOfABody) {
  EXPECT_EQ(refused(400, R"({"error":"plain text"})").error.message, "groq (gpt-oss) answered 400: plain text");
  EXPECT_EQ(refused(400, R"({"object":"error","message":"flat","code":400})").error.message,
            "groq (gpt-oss) answered 400: flat");
  EXPECT_EQ(refused(400, R"([{"error":{"message":"in an array"}}])").error.message,
            "groq (gpt-oss) answered 400: in an array");
  EXPECT_EQ(refused(400, R"({"detail":"framework"})").error.message, "groq (gpt-oss) answered 400: framework");
  EXPECT_EQ(refused(500, "upstream\nconnect error").error.message,
            "groq (gpt-oss) answered 500: upstream connect error");
  EXPECT_EQ(refused(500, "").error.message, "groq (gpt-oss) answered 500 without a reason");
}

TEST(WireError, NamesTheParameterThatWasRefused) {
  const auto parameter = [](std::string_view body) {
    const auto error = wire_error({.provider = "p", .model = "m"}, {.status = 400, .headers = {}, .body = body}, noon);
    return error.reply_error.kind == FailureKind::unsupported_parameter ? error.parameter : "";
  };

  EXPECT_EQ(
      parameter(
          R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model.","param":"max_tokens","code":"unsupported_parameter"}})"),
      "max_tokens");
  EXPECT_EQ(
      parameter(
          R"({"error":{"message":"property 'store' is unsupported, did you mean 'stop'?","type":"invalid_request_error"}})"),
      "store");
}

TEST(WireError, MapsTheRestByWordOrStatus) {
  EXPECT_EQ(verdict(401, R"({"error":{"code":"invalid_api_key","message":"m"}})").kind, FailureKind::authentication);
  EXPECT_EQ(verdict(402, "{}").kind, FailureKind::billing);
  EXPECT_EQ(verdict(403, "{}").kind, FailureKind::permission);
  EXPECT_EQ(
      verdict(
          400,
          R"({"error":{"code":"invalid_function_parameters","param":"tools[0].function.parameters","message":"m"}})")
          .kind,
      FailureKind::bad_tool_schema);
  EXPECT_EQ(
      verdict(400, R"({"error":{"code":400,"message":"m","metadata":{"error_type":"content_policy_violation"}}})").kind,
      FailureKind::content_filter);
  EXPECT_EQ(verdict(400, R"({"error":{"code":400,"message":"x is not a valid model ID"}})").kind,
            FailureKind::model_not_found);
  EXPECT_EQ(verdict(503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})"),
            (Verdict{FailureKind::overloaded, unchanged}));
}

TEST(WireError, TakesAWebPageForAGatewayInTrouble) {
  const ReplyError gateway = refused(502, "<html>Bad gateway</html>", {{"Content-Type", "text/html"}});
  const ReplyError login = refused(200, "<html>Log in</html>", {{"Content-Type", "text/html; charset=utf-8"}});

  EXPECT_EQ(gateway.retry, unchanged);
  EXPECT_EQ(gateway.error.message, "groq (gpt-oss) answered 502 with a web page instead of data");
  EXPECT_EQ(login.retry, never);
  EXPECT_EQ(login.kind, FailureKind::protocol);
}

TEST(WireError, TakesTheWaitFromTheMostExactPlace) {
  EXPECT_EQ(wait_of({{"retry-after", "7"}, {"retry-after-ms", "1500.5"}}), milliseconds(1501));
  EXPECT_EQ(wait_of({{"Retry-After", "0.5"}}), milliseconds(500));
  EXPECT_EQ(wait_of({{"retry-after", "Mon, 23 Nov 2026 12:00:09 GMT"}}), milliseconds(9000));
  EXPECT_EQ(wait_of({}, R"({"error":{"message":"Please try again in 1m2.5s."}})"), milliseconds(62'500));
  EXPECT_EQ(wait_of({}, R"({"error":{"message":"Please try again in 120ms."}})"), milliseconds(120));
  EXPECT_EQ(wait_of({{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "6m0s"}}),
            milliseconds(360'000));
  EXPECT_EQ(wait_of({{"x-ratelimit-remaining-tokens", "5"}, {"x-ratelimit-reset-tokens", "6m0s"}}), std::nullopt);
  EXPECT_EQ(wait_of({}, R"({"error":{"message":"m","metadata":{"headers":{"X-RateLimit-Reset":"1795435205000"}}}})"),
            milliseconds(5000));
}

TEST(WireError, TakesABareNumberInAResetHeaderForSeconds) {
  EXPECT_EQ(wait_of({{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "12"}}),
            milliseconds(12'000));
}

TEST(WireError, IgnoresAbsurdWaits) {
  EXPECT_EQ(wait_of({{"retry-after", "0"}}), std::nullopt);
  EXPECT_EQ(wait_of({{"retry-after", "-3"}}), std::nullopt);
  EXPECT_EQ(wait_of({{"retry-after", "99999999"}}), std::nullopt);
  EXPECT_EQ(wait_of({{"retry-after", "Mon, 23 Nov 2026 11:00:00 GMT"}}), std::nullopt);
}

TEST(WireError, NeverShowsAKey) {
  const ReplyError error = refused(
      401,
      R"({"error":{"message":"Incorrect API key provided: sk-proj-abc_DEF123 or my-own-secret, gsk_0123456789"}})");

  EXPECT_EQ(error.error.message, "groq (gpt-oss) answered 401: Incorrect API key provided: sk-*** or ***, gsk_***");
}

TEST(WireError, CutsALongMessageBetweenCharacters) {
  std::string long_message;
  for (int i = 0; i < 400; ++i) long_message += "ä";
  const std::string message = refused(500, R"({"error":{"message":")" + long_message + R"("}})").error.message;

  EXPECT_LT(message.size(), 560U);
  EXPECT_TRUE(message.ends_with("ä…"));
}

TEST(WireError, MakesForeignBytesReadable) {
  EXPECT_EQ(refused(500, "caf\xe9 closed").error.message, "groq (gpt-oss) answered 500: caf? closed");
}

TEST(TransportError, IsRetriedWhenThePeerWasAwayOrLate) {
  EXPECT_EQ(transport_error({.provider = "p", .model = "m"}, {Errc::timed_out, "no answer"}).retry, unchanged);
  EXPECT_EQ(transport_error({.provider = "p", .model = "m"}, {Errc::protocol, "nonsense"}).retry, never);
}

}  // namespace
}  // namespace convoke
