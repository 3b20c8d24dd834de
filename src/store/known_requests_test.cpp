#include "store/known_requests.hpp"

#include <gtest/gtest.h>

#include <string>

namespace convoke {
namespace {

TEST(KnownRequests, SayMaybeUntilTheyAreComplete) {
  KnownRequests requests(100);
  EXPECT_TRUE(requests.may_contain("r1"));
  requests.complete();
  EXPECT_FALSE(requests.may_contain("r1"));
}

TEST(KnownRequests, NeverCallAKnownOneNew) {
  KnownRequests requests(10'000);
  requests.complete();
  for (int i = 0; i < 50'000; ++i) requests.add("request " + std::to_string(i));
  for (int i = 0; i < 50'000; ++i) ASSERT_TRUE(requests.may_contain("request " + std::to_string(i)));
}

TEST(KnownRequests, SeldomTakeANewOneForKnown) {
  KnownRequests requests(100'000);
  requests.complete();
  for (int i = 0; i < 100'000; ++i) requests.add("request " + std::to_string(i));
  int mistakes = 0;
  for (int i = 0; i < 100'000; ++i) mistakes += requests.may_contain("question " + std::to_string(i));
  EXPECT_LT(mistakes, 2'000);
}

}  // namespace
}  // namespace convoke
