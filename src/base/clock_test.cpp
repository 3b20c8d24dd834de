#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

using namespace std::chrono_literals;

WallTime at(int year, unsigned month, unsigned day, std::chrono::milliseconds time) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}} + time;
}

TEST(ToIso8601, WritesUtcWithMilliseconds) {
  EXPECT_EQ(to_iso8601(at(2026, 11, 23, 18h + 4min + 48s + 123ms)), "2026-11-23T18:04:48.123Z");
}

TEST(ToIso8601, KeepsEveryZero) { EXPECT_EQ(to_iso8601(at(0, 1, 1, 0ms)), "0000-01-01T00:00:00.000Z"); }

TEST(ToIso8601, KnowsLeapDaysAndTimesBefore1970) {
  EXPECT_EQ(to_iso8601(at(2024, 2, 29, 24h - 1ms)), "2024-02-29T23:59:59.999Z");
  EXPECT_EQ(to_iso8601(at(1969, 12, 31, 23h)), "1969-12-31T23:00:00.000Z");
}

}  // namespace
}  // namespace convoke
