#include "tokens/estimate.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(EstimateTokens, CountsAFourthOfAsciiAndAHalfOfTheRest) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_EQ(estimate_tokens("word"), 1);
  EXPECT_EQ(estimate_tokens("words"), 2);
  EXPECT_EQ(estimate_tokens("你好"), 3);
}

}  // namespace
}  // namespace convoke
