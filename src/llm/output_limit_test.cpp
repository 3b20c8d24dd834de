#include "llm/output_limit.hpp"

#include <gtest/gtest.h>

#include "llm/rough_count.hpp"

namespace convoke {
namespace {

/// A token for each letter, and how often anybody counted.
struct Letters {
  OutputLimit::Count count() {
    return [this](const Message& answer) {
      ++looks;
      return std::ssize(answer.text());
    };
  }
  int looks = 0;
};

std::int64_t letters_until_passed(OutputLimit& limit, std::int64_t most = 1'000'000) {
  for (std::int64_t heard = 0; heard < most; ++heard) {
    if (limit.is_passed()) return heard;
    limit.hear(TextDelta{"a"});
  }
  return most;
}

TEST(OutputLimit, IsPassedByAnAnswerClearlyLongerThanWasReserved) {
  Letters letters;
  OutputLimit limit(1'000, true, letters.count());

  const std::int64_t heard = letters_until_passed(limit);

  EXPECT_GT(heard, 1'100 + 64);
  EXPECT_LE(heard, 1'100 + 64 + 257);
  EXPECT_EQ(limit.counted(), heard);
}

TEST(OutputLimit, GivesAnEstimateTwiceTheRoom) {
  Letters letters;
  OutputLimit limit(1'000, false, letters.count());

  EXPECT_GT(letters_until_passed(limit), 2'000 + 64);
}

TEST(OutputLimit, CountsThoughtsToo) {
  Letters letters;
  OutputLimit limit(20, true, letters.count());

  limit.hear(ReasoningDelta{std::string(500, 'a')});

  EXPECT_TRUE(limit.is_passed());
}

TEST(OutputLimit, LooksAtALongAnswerFewTimes) {
  int looks = 0;
  OutputLimit limit(100'000, true, [&](const Message& answer) {
    ++looks;
    return rough_count(answer);
  });
  for (int i = 0; i < 400'000; ++i) limit.hear(TextDelta{"a"});

  EXPECT_FALSE(limit.is_passed());
  EXPECT_LE(looks, 40);
}

}  // namespace
}  // namespace convoke
