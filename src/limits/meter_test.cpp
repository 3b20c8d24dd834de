#include "limits/meter.hpp"

#include <gtest/gtest.h>

namespace convoke::limits {
namespace {

using namespace std::chrono_literals;
using enum Dimension;

constexpr Instant start{1h};
constexpr Demand nothing{0, 0};

RateLimits requests(std::int64_t per_minute, double burst = 1) {
  RateLimits limits{.burst = burst};
  limits.per_dimension[index_of(requests_per_minute)] = per_minute;
  return limits;
}
RateLimits tokens(std::int64_t per_minute) {
  RateLimits limits;
  limits.per_dimension[index_of(tokens_per_minute)] = per_minute;
  return limits;
}
LimitReport remaining(Dimension dimension, std::int64_t limit, std::int64_t left) {
  LimitReport report;
  report.of(dimension) = {.limit = limit, .remaining = left};
  return report;
}

TEST(Meter, WithoutLimitsLetsEverythingPass) {
  Meter meter;
  EXPECT_TRUE(meter.fits(start, {1, 1'000'000'000}));
  EXPECT_EQ(meter.when(start, {1000, 1000}, {1, 1}), start);
}

TEST(Meter, HoldsEveryLimitAtOnce) {
  RateLimits limits = requests(10);
  limits.per_dimension[index_of(tokens_per_minute)] = 100;
  limits.per_dimension[index_of(requests_per_day)] = 12;
  limits.concurrent = 11;
  Meter meter(limits);
  meter.reserve(start, {1, 90});

  EXPECT_TRUE(meter.fits(start, {1, 10}));
  EXPECT_FALSE(meter.fits(start, {1, 11}));
  for (int i = 0; i < 9; ++i) meter.reserve(start, {1, 0});
  EXPECT_FALSE(meter.fits(start, {1, 0}));
  EXPECT_TRUE(meter.fits(start + 61s, {1, 0}));
  meter.reserve(start + 61s, {1, 0});
  EXPECT_FALSE(meter.fits(start + 61s, {1, 0}));  // eleven at once
  meter.settle(start + 62s, start, {1, 90}, {1, 90});
  EXPECT_TRUE(meter.fits(start + 62s, {1, 0}));
  meter.reserve(start + 62s, {1, 0});
  meter.settle(start + 63s, start, {1, 0}, {1, 0});
  EXPECT_FALSE(meter.fits(start + 63s, {1, 0}));  // twelve a day
}

TEST(Meter, GivesBackTheTokensACallDidNotUse) {
  Meter meter(tokens(100));
  meter.reserve(start, {1, 80});
  EXPECT_FALSE(meter.fits(start, {1, 40}));

  meter.settle(start + 1s, start, {1, 80}, {1, 10});

  EXPECT_TRUE(meter.fits(start + 1s, {1, 90}));
  EXPECT_FALSE(meter.fits(start + 1s, {1, 91}));
}

TEST(Meter, SpreadsCallsBeyondTheBurst) {
  Meter meter(requests(60, 0.1));
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(meter.fits(start, {1, 0}));
    meter.reserve(start, {1, 0});
  }
  EXPECT_FALSE(meter.fits(start, {1, 0}));
  EXPECT_EQ(meter.when(start, nothing, {1, 0}), start + 1s);
  EXPECT_EQ(meter.when(start, {3, 0}, {1, 0}), start + 4s);
  EXPECT_TRUE(meter.fits(start + 1s, {1, 0}));
}

TEST(Meter, ACallLargerThanTheBurstNeedsAllOfIt) {
  RateLimits limits = tokens(600);
  limits.burst = 0.1;
  Meter meter(limits);
  EXPECT_TRUE(meter.fits(start, {1, 300}));
  meter.reserve(start, {1, 300});
  EXPECT_EQ(meter.when(start, nothing, {1, 60}), start + 30s);
}

TEST(Meter, PromisedRoomIsTaken) {
  Meter meter(requests(2));
  meter.promise({1, 0});
  meter.promise({1, 0});
  EXPECT_FALSE(meter.fits(start, {1, 0}));
  meter.unpromise({1, 0});
  EXPECT_TRUE(meter.fits(start, {1, 0}));
}

TEST(Meter, LearnsALimitFromTheProvider) {
  Meter meter;
  meter.listen();
  meter.reserve(start, {1, 0});
  const auto mark = meter.reserve(start, {1, 0});
  meter.report(start, mark, remaining(requests_per_minute, 10, 8));

  EXPECT_TRUE(meter.fits(start, {8, 0}));
  EXPECT_FALSE(meter.fits(start, {9, 0}));
}

TEST(Meter, CountsWhatOthersUse) {
  Meter meter(requests(100));
  const auto mark = meter.reserve(start, {1, 0});
  meter.report(start, mark, remaining(requests_per_minute, 100, 40));

  // At most 60 were used by others, who may want the 39 that are left, too.
  EXPECT_TRUE(meter.fits(start + 10s, {4, 0}));
  EXPECT_FALSE(meter.fits(start + 10s, {6, 0}));
  EXPECT_TRUE(meter.fits(start + 121s, {100, 0}));
}

TEST(Meter, SpreadsItsCallsWhereOthersUseTheLimit) {
  Meter meter(requests(600));
  const auto mark = meter.reserve(start, {1, 0});
  meter.report(start, mark, remaining(requests_per_minute, 600, 299));

  int at_once = 0;
  for (; meter.fits(start + 30s, {1, 0}); ++at_once) meter.reserve(start + 30s, {1, 0});

  EXPECT_LE(at_once, 7);
}

TEST(Meter, BelievesNoOldNews) {
  Meter meter(requests(100));
  const auto first = meter.reserve(start, {1, 0});
  const auto second = meter.reserve(start, {1, 0});
  meter.report(start, second, remaining(requests_per_minute, 100, 0));
  EXPECT_FALSE(meter.fits(start, {1, 0}));

  meter.report(start, first, remaining(requests_per_minute, 100, 99));

  EXPECT_FALSE(meter.fits(start, {1, 0}));
}

TEST(Meter, NewsNeverLetInMoreThanOurOwnCount) {
  Meter meter(requests(10));
  Meter::Mark mark;
  for (int i = 0; i < 10; ++i) mark = meter.reserve(start, {1, 0});
  meter.report(start, mark, remaining(requests_per_minute, 10, 10));
  EXPECT_FALSE(meter.fits(start, {1, 0}));
}

TEST(Meter, TakesCallsThatAreOnTheWayForUncounted) {
  Meter meter(requests(10));
  const auto mark = meter.reserve(start, {1, 0});
  for (int i = 0; i < 5; ++i) meter.reserve(start, {1, 0});
  meter.report(start, mark, remaining(requests_per_minute, 10, 9));
  EXPECT_TRUE(meter.fits(start, {4, 0}));
  EXPECT_FALSE(meter.fits(start, {5, 0}));
}

TEST(Meter, AsksNothingUntilTheProviderSaysSo) {
  Meter meter;
  const auto mark = meter.reserve(start, {1, 0});
  meter.settle(start, start, {1, 0}, {1, 0});
  meter.report(start, mark, {.refused = true, .retry_after = 7s});

  EXPECT_FALSE(meter.fits(start + 6s, {1, 0}));
  EXPECT_EQ(meter.when(start, nothing, {1, 0}), start + 7s);
  EXPECT_TRUE(meter.fits(start + 7s, {1, 0}));
}

TEST(Meter, ProbesWithOneCallAfterARefusalAndThenWithMore) {
  Meter meter;
  meter.report(start, meter.reserve(start, {1, 0}), {.refused = true, .retry_after = 1s});
  meter.settle(start, start, {1, 0}, {1, 0});
  const Instant later = start + 1s;

  meter.reserve(later, {1, 0});
  EXPECT_FALSE(meter.fits(later, {1, 0}));
  meter.settle(later, later, {1, 0}, {1, 0});
  meter.answered();
  meter.reserve(later, {1, 0});
  EXPECT_TRUE(meter.fits(later, {1, 0}));
  meter.reserve(later, {1, 0});
  EXPECT_FALSE(meter.fits(later, {1, 0}));
}

TEST(Meter, ForeseesThatItBeginsWithFewCallsAfterARefusal) {
  Meter meter;
  meter.reserve(start, {1, 10});
  meter.settle(start + 4s, start, {1, 10}, {1, 10});
  meter.report(start, meter.reserve(start, {1, 10}), {.refused = true, .retry_after = 1s});
  meter.settle(start, start, {1, 10}, {1, 0});

  EXPECT_EQ(meter.when(start, {0, 0}, {1, 10}), start + 1s);
  EXPECT_EQ(meter.when(start, {1, 10}, {1, 10}), start + 1s);
  EXPECT_EQ(meter.when(start, {7, 70}, {1, 10}), start + 9s);
}

TEST(Meter, WaitsLongerAfterEachUnexplainedRefusal) {
  Meter meter;
  Instant now = start;
  for (const milliseconds rest : {500ms, 1'000ms, 2'000ms, 4'000ms, 8'000ms, 16'000ms, 32'000ms, 60'000ms, 60'000ms}) {
    meter.report(now, meter.reserve(now, {1, 0}), {.refused = true});
    meter.settle(now, now, {1, 0}, {1, 0});
    EXPECT_EQ(meter.held_until(), now + rest);
    now += rest;
  }
}

TEST(Meter, ForeseesWhenCallsAtOnceComeFree) {
  RateLimits limits;
  limits.concurrent = 2;
  Meter meter(limits);
  for (int i = 0; i < 50; ++i) {
    meter.reserve(start, {1, 0});
    meter.settle(start + 4s, start, {1, 0}, {1, 0});
  }
  meter.reserve(start, {1, 0});
  meter.reserve(start, {1, 0});
  EXPECT_EQ(meter.when(start, nothing, {1, 0}), start + 2s);
  EXPECT_EQ(meter.when(start, {2, 0}, {1, 0}), start + 6s);
}

TEST(Meter, CountsInputAndOutputApart) {
  RateLimits limits;
  limits.per_dimension[index_of(input_tokens_per_minute)] = 1'000;
  limits.per_dimension[index_of(output_tokens_per_minute)] = 100;
  Meter meter(limits);
  const Demand call{1, 460, 60};
  EXPECT_TRUE(meter.fits(start, call));
  meter.reserve(start, call);
  EXPECT_FALSE(meter.fits(start, call)) << "60 and 60 of output are too much";

  meter.settle(start + 1s, start, call, {1, 410, 10, 390});

  EXPECT_TRUE(meter.fits(start + 1s, {1, 1'080, 90})) << "what came from the cache is not counted";
  EXPECT_FALSE(meter.fits(start + 1s, {1, 1'090, 90}));
  EXPECT_FALSE(meter.fits(start + 1s, {1, 191, 91}));
}

TEST(Meter, CutsAnAnswerDownToAWholeLimit) {
  RateLimits limits;
  limits.per_dimension[index_of(output_tokens_per_minute)] = 100;
  Demand call{1, 5'000, 4'000};

  EXPECT_TRUE(Meter(limits).cut_down(call, 1'000));

  EXPECT_EQ(call, (Demand{1, 1'100, 100}));
}

TEST(Meter, NeverHasRoomForWhatIsLargerThanALimit) {
  Meter meter(tokens(100));
  Demand demand{1, 150, 60};
  EXPECT_TRUE(meter.cut_down(demand, 90));
  EXPECT_EQ(demand, (Demand{1, 100, 10}));
  EXPECT_FALSE(meter.cut_down(demand, 101));
  EXPECT_EQ(meter.when(start, nothing, {1, 101}), Instant::max());
}

}  // namespace
}  // namespace convoke::limits
