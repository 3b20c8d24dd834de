#include "store/retention.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

constexpr WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours(12);

/// What stays of three turns of three events each, an hour apart; a message has 10 tokens.
std::optional<Sequence> first_kept(const RetentionRule& rule) {
  TrimScan scan(rule);
  for (Sequence seq = 9; seq >= 1; --seq) {
    const auto type = seq % 3 == 1   ? EventType::user_message
                      : seq % 3 == 2 ? EventType::assistant_message
                                     : EventType::turn_completed;
    if (!scan.take(seq, type, 10, noon + std::chrono::hours((seq - 1) / 3))) break;
  }
  return scan.first_kept(10);
}

TEST(TrimScan, KeepsEverythingWithinTheLimits) {
  EXPECT_EQ(first_kept({}), std::nullopt);
  EXPECT_EQ(first_kept({.max_tokens = 60, .max_messages = 6, .oldest = noon}), std::nullopt);
}

TEST(TrimScan, CutsBetweenTurns) {
  EXPECT_EQ(first_kept({.max_tokens = 59}), 4);
  EXPECT_EQ(first_kept({.max_messages = 4}), 4);
  EXPECT_EQ(first_kept({.max_messages = 3}), 7);
  EXPECT_EQ(first_kept({.oldest = noon + std::chrono::hours(2)}), 7);
  EXPECT_EQ(first_kept({.max_tokens = 45, .max_messages = 2}), 7);
}

TEST(TrimScan, LetsAllGoWhereNotEvenTheNewestTurnFits) {
  EXPECT_EQ(first_kept({.max_tokens = 5}), 10);
  EXPECT_EQ(first_kept({.oldest = noon + std::chrono::hours(3)}), 10);
}

}  // namespace
}  // namespace convoke
