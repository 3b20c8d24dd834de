#include "llm/wire_durations.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

using std::chrono::milliseconds;

TEST(GoDuration, ReadsWhatRateLimitHeadersWrite) {
  EXPECT_EQ(parse_go_duration("1s"), milliseconds(1000));
  EXPECT_EQ(parse_go_duration("120ms"), milliseconds(120));
  EXPECT_EQ(parse_go_duration("7.66s"), milliseconds(7660));
  EXPECT_EQ(parse_go_duration("6m0s"), milliseconds(360'000));
  EXPECT_EQ(parse_go_duration("1m26.4s"), milliseconds(86'400));
  EXPECT_EQ(parse_go_duration("2m59.56s"), milliseconds(179'560));
  EXPECT_EQ(parse_go_duration("24h0m0s"), milliseconds(86'400'000));
  EXPECT_EQ(parse_go_duration("0s"), milliseconds(0));
  EXPECT_EQ(parse_go_duration("250µs"), milliseconds(1));
}

TEST(GoDuration, IgnoresWhatFollows) { EXPECT_EQ(parse_go_duration("4.77s. Visit us"), milliseconds(4770)); }

TEST(GoDuration, IsNothingWithoutAUnit) {
  EXPECT_EQ(parse_go_duration("12"), std::nullopt);
  EXPECT_EQ(parse_go_duration("soon"), std::nullopt);
  EXPECT_EQ(parse_go_duration("-1s"), std::nullopt);
}

TEST(Decimal, ReadsSecondsAndMilliseconds) {
  EXPECT_EQ(parse_decimal("2", milliseconds(1000)), milliseconds(2000));
  EXPECT_EQ(parse_decimal("0.25", milliseconds(1000)), milliseconds(250));
  EXPECT_EQ(parse_decimal("1500.5", milliseconds(1)), milliseconds(1501));
  EXPECT_EQ(parse_decimal("-2", milliseconds(1000)), std::nullopt);
  EXPECT_EQ(parse_decimal("99999999999", milliseconds(1000)), std::nullopt);
}

TEST(HttpDate, IsATimeInUtc) {
  EXPECT_EQ(to_iso8601(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value()), "1994-11-06T08:49:37.000Z");
  EXPECT_EQ(parse_http_date("Sun, 31 Feb 1994 08:49:37 GMT"), std::nullopt);
  EXPECT_EQ(parse_http_date("tomorrow"), std::nullopt);
}

}  // namespace
}  // namespace convoke
