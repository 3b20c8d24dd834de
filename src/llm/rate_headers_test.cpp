#include "llm/rate_headers.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

using namespace std::chrono_literals;
using enum limits::Dimension;
using limits::ReportedLimit;
using std::chrono::sys_days;

constexpr WallTime now = sys_days{std::chrono::year{2026} / 11 / 26} + 12h;

TEST(RateHeaders, ReadsOpenAisForm) {
  const auto report = read_rate_headers({{"x-ratelimit-limit-requests", "60"},
                                         {"x-ratelimit-limit-tokens", "150000"},
                                         {"x-ratelimit-remaining-requests", "59"},
                                         {"X-RateLimit-Remaining-Tokens", "149984"},
                                         {"x-ratelimit-reset-requests", "1s"},
                                         {"x-ratelimit-reset-tokens", "6m0s"}},
                                        RequestsPer::minute, now);

  EXPECT_EQ(report.of(requests_per_minute), (ReportedLimit{60, 59, 1s}));
  EXPECT_EQ(report.of(tokens_per_minute), (ReportedLimit{150'000, 149'984, 6min}));
  EXPECT_EQ(report.retry_after, std::nullopt);
}

TEST(RateHeaders, GroqCountsRequestsByTheDay) {
  const auto report = read_rate_headers({{"x-ratelimit-limit-requests", "14400"},
                                         {"x-ratelimit-remaining-requests", "14370"},
                                         {"x-ratelimit-reset-requests", "2m59.56s"},
                                         {"x-ratelimit-limit-tokens", "18000"},
                                         {"x-ratelimit-remaining-tokens", "17997"},
                                         {"x-ratelimit-reset-tokens", "7.66s"},
                                         {"retry-after", "2"}},
                                        RequestsPer::day, now);

  EXPECT_EQ(report.of(requests_per_day), (ReportedLimit{14'400, 14'370, 179'560ms}));
  EXPECT_EQ(report.of(requests_per_minute), ReportedLimit{});
  EXPECT_EQ(report.of(tokens_per_minute), (ReportedLimit{18'000, 17'997, 7'660ms}));
  EXPECT_EQ(report.retry_after, 2s);
}

TEST(RateHeaders, ReadsAnthropicsFormByTheProvidersOwnClock) {
  const auto report = read_rate_headers({{"date", "Thu, 26 Nov 2026 14:00:00 GMT"},  // two hours ahead of us
                                         {"anthropic-ratelimit-requests-limit", "50"},
                                         {"anthropic-ratelimit-requests-remaining", "49"},
                                         {"anthropic-ratelimit-requests-reset", "2026-11-26T14:00:01Z"},
                                         {"anthropic-ratelimit-tokens-limit", "40000"},
                                         {"anthropic-ratelimit-tokens-remaining", "39000"},
                                         {"anthropic-ratelimit-tokens-reset", "2026-11-26T15:00:02.5+01:00"}},
                                        RequestsPer::minute, now);

  EXPECT_EQ(report.of(requests_per_minute), (ReportedLimit{50, 49, 1s}));
  EXPECT_EQ(report.of(tokens_per_minute), (ReportedLimit{40'000, 39'000, 2s}));
}

TEST(RateHeaders, ReadsAnthropicsLimitsOfInputAndOutputApart) {
  const auto report = read_rate_headers({{"anthropic-ratelimit-input-tokens-limit", "1000"},
                                         {"anthropic-ratelimit-input-tokens-remaining", "0"},
                                         {"anthropic-ratelimit-input-tokens-reset", "2026-11-26T12:00:30Z"},
                                         {"anthropic-ratelimit-output-tokens-limit", "200"},
                                         {"anthropic-ratelimit-output-tokens-remaining", "150"}},
                                        RequestsPer::minute, now);
  EXPECT_EQ(report.of(input_tokens_per_minute), (ReportedLimit{1'000, 0, 30s}));
  EXPECT_EQ(report.of(output_tokens_per_minute), (ReportedLimit{200, 150, {}}));
}

TEST(RateHeaders, ReadsOpenRoutersReset) {
  const auto report = read_rate_headers({{"X-RateLimit-Limit", "50"},
                                         {"X-RateLimit-Remaining", "0"},
                                         {"X-RateLimit-Reset", std::to_string((now + 90s).time_since_epoch().count())}},
                                        RequestsPer::minute, now);
  EXPECT_EQ(report.retry_after, 90s);
}

TEST(RateHeaders, PrefersTheExactWait) {
  EXPECT_EQ(
      read_rate_headers({{"retry-after", "2"}, {"retry-after-ms", "1234.5"}}, RequestsPer::minute, now).retry_after,
      1235ms);
  EXPECT_EQ(read_rate_headers({{"retry-after", "Thu, 26 Nov 2026 12:00:09 GMT"}}, RequestsPer::minute, now).retry_after,
            9s);
}

TEST(RateHeaders, LeavesOutWhatCannotBeRead) {
  const auto report = read_rate_headers({{"x-ratelimit-limit-requests", "many"},
                                         {"x-ratelimit-remaining-requests", "-3"},
                                         {"x-ratelimit-reset-requests", "soon"},
                                         {"x-ratelimit-limit-tokens", "99999999999999999999"},
                                         {"retry-after", "-1"}},
                                        RequestsPer::minute, now);
  EXPECT_EQ(report, limits::LimitReport{});
}

TEST(RateHeaders, ReadsTheLimitOutOfARefusal) {
  const auto report = read_rate_message(
      "Rate limit reached for model `x` in organization `org` on tokens per minute (TPM): Limit 6000, Used 5034, "
      "Requested 1443. Please try again in 4.77s.");
  EXPECT_EQ(report.of(tokens_per_minute), (ReportedLimit{6000, 966, std::nullopt}));
  EXPECT_EQ(read_rate_message("requests per day (RPD): Limit 1000, Used 1000").of(requests_per_day).remaining, 0);
  EXPECT_EQ(read_rate_message("slow down"), limits::LimitReport{});
}

TEST(RateHeaders, KnowsRfc3339) {
  EXPECT_EQ(parse_rfc3339("2026-11-26T12:00:00Z"), now);
  EXPECT_EQ(parse_rfc3339("2026-11-26t13:30:00.25+01:30"), now);
  for (const std::string_view wrong : {"", "2026-11-26", "2026-13-26T12:00:00Z", "2026-11-26T12:00:00",
                                       "2026-11-26T12:00:00+1", "2026-11-26T25:00:00Z", "2026-11-26 12:00:00Z"}) {
    EXPECT_EQ(parse_rfc3339(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace convoke
