#include "limits/retry_policy.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

using std::chrono::milliseconds;

TEST(RetryPolicy, DoublesTheDelayUpToItsCeiling) {
  const RetryPolicy policy{.max_attempts = 10};

  EXPECT_EQ(delay_before(policy, 2, {}, 0.0), milliseconds(500));
  EXPECT_EQ(delay_before(policy, 3, {}, 0.0), milliseconds(1000));
  EXPECT_EQ(delay_before(policy, 9, {}, 0.0), milliseconds(8000));
}

TEST(RetryPolicy, ShortensTheDelayByUpToAQuarter) {
  EXPECT_EQ(delay_before(RetryPolicy{}, 2, {}, 1.0), milliseconds(375));
}

TEST(RetryPolicy, GivesUpAfterTheLastAttempt) {
  EXPECT_EQ(delay_before(RetryPolicy{.max_attempts = 3}, 4, {}, 0.0), std::nullopt);
}

TEST(RetryPolicy, FollowsThePeersWishUnlessItIsAbsurd) {
  EXPECT_EQ(delay_before(RetryPolicy{}, 2, milliseconds(1234), 0.9), milliseconds(1234));
  EXPECT_EQ(delay_before(RetryPolicy{}, 2, milliseconds(-5), 0.0), milliseconds(500));
  EXPECT_EQ(delay_before(RetryPolicy{}, 2, std::chrono::hours(1), 0.0), std::nullopt);
}

}  // namespace
}  // namespace convoke
