#include "limits/others.hpp"

#include <gtest/gtest.h>

namespace convoke::limits {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};

Others::Count count(std::int64_t counted, std::int64_t ours_at_least, std::int64_t ours_at_most) {
  return {.limit = 600, .counted = counted, .ours_at_least = ours_at_least, .ours_at_most = ours_at_most, .fades = 60s};
}

TEST(Others, AreNotSeenInWhatMayBeOurOwnCounting) {
  Others others;
  others.hear(start, count(310, 290, 300), 300);
  EXPECT_FALSE(others.are_at_work(start));
  EXPECT_EQ(others.use(start), 10);
}

TEST(Others, AreLeftWhatTheyUseAndMostOfWhatIsFree) {
  Others others;
  others.hear(start, count(400, 190, 200), 200);

  EXPECT_TRUE(others.are_at_work(start));
  EXPECT_EQ(others.use(start), 210 + 190 - 190 / 8) << "ours counts for as little as it may be";
}

TEST(Others, KeepWhatTheyUsedAMomentAgo) {
  Others others;
  others.hear(start, count(600, 300, 300), 300);
  others.hear(start + 1s, count(560, 300, 300), 300);
  EXPECT_EQ(others.use(start + 1s), 300);

  for (const auto later : {2s, 3s, 4s, 5s}) others.hear(start + later, count(560, 300, 300), 300);

  EXPECT_EQ(others.use(start + 5s), 260 + 40 - 5);
}

TEST(Others, AreForgottenWhenNothingIsHeardOfThem) {
  Others others;
  others.hear(start, count(600, 300, 300), 300);

  EXPECT_EQ(others.use(start + 60s), 0);
  EXPECT_TRUE(others.are_at_work(start + 60s));
  EXPECT_FALSE(others.are_at_work(start + 2min));
}

TEST(Others, GetALittleMoreAfterARefusalForAWhile) {
  Others others;
  others.hear(start, count(600, 300, 300), 300);
  others.refused(start, 600);
  others.refused(start, 600);
  others.hear(start, count(600, 300, 300), 294);
  EXPECT_EQ(others.use(start), 306);

  others.hear(start + 6min, count(600, 300, 300), 294);

  EXPECT_EQ(others.use(start + 6min), 303 + 3);
}

}  // namespace
}  // namespace convoke::limits
