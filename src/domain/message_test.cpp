#include "domain/message.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

const Usage full{.input_tokens = 100,
                 .output_tokens = 20,
                 .total_tokens = 120,
                 .cached_tokens = 50,
                 .cache_write_tokens = 30,
                 .cache_write_1h_tokens = 10,
                 .reasoning_tokens = 5,
                 .audio_input_tokens = 4,
                 .audio_output_tokens = 3,
                 .cost = Money{950'000'000},
                 .estimated = true};

TEST(Usage, IsTheSameAfterAJourneyThroughJson) {
  EXPECT_EQ(usage_from_json(to_json(full)), full);
  EXPECT_EQ(usage_from_json(to_json(Usage{})), Usage{});
}

TEST(Usage, WritesOnlyTheCountsThereAre) {
  EXPECT_EQ(json::serialize(to_json(Usage{.input_tokens = 1, .output_tokens = 2, .total_tokens = 3})),
            R"({"input_tokens":1,"output_tokens":2,"total_tokens":3})");
}

TEST(Usage, AddsUpEveryCount) {
  Usage sum;
  sum += full;
  sum += full;

  EXPECT_EQ(sum.cache_write_1h_tokens, 20);
  EXPECT_EQ(sum.audio_output_tokens, 6);
  EXPECT_EQ(sum.cost, Money{1'900'000'000});
}

TEST(Usage, KnowsNoCostOnceOneCallHasNone) {
  Usage sum = full;
  sum += Usage{.input_tokens = 1, .total_tokens = 1};
  sum += full;

  EXPECT_EQ(sum.cost, std::nullopt);
  EXPECT_EQ(sum.input_tokens, 201);
}

TEST(Usage, IsNotChangedByACallThatUsedNothing) {
  Usage sum = full;
  sum += Usage{};

  EXPECT_EQ(sum, full);
}

}  // namespace
}  // namespace convoke
