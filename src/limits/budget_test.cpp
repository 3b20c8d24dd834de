#include "limits/budget.hpp"

#include <gtest/gtest.h>

namespace convoke::limits {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using Verdict = Budget::Verdict;
using Period = Budget::Period;

constexpr WallTime noon = sys_days{std::chrono::year{2026} / 11 / 30} + 12h;
Money cents(std::int64_t count) { return {count * picodollars_per_dollar / 100}; }

Budget with(const BudgetLimits& limits) {
  Budget budget;
  budget.configure(limits);
  return budget;
}

TEST(Budget, WithoutLimitsLetsEverythingPass) {
  EXPECT_EQ(with({}).ask(cents(1'000'000), noon).verdict, Verdict::fits);
}

TEST(Budget, RefusesARequestThatCouldCostTooMuch) {
  Budget budget = with({.per_request = cents(10)});
  EXPECT_EQ(budget.ask(cents(10), noon).verdict, Verdict::fits);
  EXPECT_EQ(budget.ask(cents(11), noon).verdict, Verdict::used_up);
}

TEST(Budget, HoldsWhatOthersHaveReserved) {
  Budget budget = with({.per_day = cents(100)});
  budget.reserve(cents(60));

  EXPECT_EQ(budget.ask(cents(40), noon).verdict, Verdict::fits);
  EXPECT_EQ(budget.ask(cents(41), noon).verdict, Verdict::held);
}

TEST(Budget, IsUsedUpByWhatWasSpent) {
  Budget budget = with({.per_day = cents(100)});
  budget.reserve(cents(60));
  budget.settle(cents(60), cents(60), noon);

  const auto answer = budget.ask(cents(41), noon);

  EXPECT_EQ(answer.verdict, Verdict::used_up);
  EXPECT_EQ(answer.period, Period::day);
  EXPECT_EQ(answer.spent, cents(60));
}

TEST(Budget, GivesBackWhatACallDidNotNeed) {
  Budget budget = with({.per_day = cents(100)});
  budget.reserve(cents(60));
  budget.settle(cents(60), cents(1), noon);

  EXPECT_EQ(budget.ask(cents(99), noon).verdict, Verdict::fits);
}

TEST(Budget, BeginsAgainWithTheDayAndTheMonth) {
  Budget budget = with({.per_day = cents(10), .per_month = cents(15)});
  budget.restore(
      {.day = sys_days{std::chrono::year{2026} / 11 / 29}, .spent_in_day = cents(10), .spent_in_month = cents(10)});

  EXPECT_EQ(budget.ask(cents(5), noon).verdict, Verdict::fits);
  EXPECT_EQ(budget.ask(cents(6), noon).period, Period::month);
  EXPECT_EQ(budget.ask(cents(10), noon + 12h).verdict, Verdict::fits);  // the first of December
}

TEST(Budget, OpensNoNewDayWhenTheClockIsSetBack) {
  Budget budget = with({.per_day = cents(10)});
  budget.reserve(cents(10));
  budget.settle(cents(10), cents(10), noon);
  EXPECT_EQ(budget.ask(cents(1), noon - 24h).verdict, Verdict::used_up);
}

TEST(Budget, WarnsOnceWhenTheThresholdIsPassed) {
  Budget budget = with({.per_day = cents(100), .warn_at = 0.8});
  EXPECT_FALSE(budget.settle({}, cents(79), noon));
  const auto passed = budget.settle({}, cents(1), noon);
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->spent, cents(80));
  EXPECT_EQ(passed->limit, cents(100));
  EXPECT_FALSE(budget.settle({}, cents(5), noon));
  EXPECT_TRUE(budget.settle({}, cents(85), noon + 12h));
}

TEST(Budget, TellsWhenItBeginsAgain) {
  EXPECT_EQ(end_of(Period::day, noon), noon + 12h);
  EXPECT_EQ(end_of(Period::month, noon), noon + 12h);
  EXPECT_EQ(end_of(Period::month, noon - std::chrono::days(29)), noon + 12h);
}

}  // namespace
}  // namespace convoke::limits
