// Money: what Admission lets pass, and what a call may cost.
#include <gmock/gmock.h>

#include "limits/testing/office.hpp"

namespace convoke::limits {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST(Admission, SpendsNoMoreThanTheBudgetHowManySoeverAskAtOnce) {
  Office office({.budget = {.per_day = dollars(10)}});
  Ask costly = Office::call();
  costly.cost = dollars(4);
  const auto first = office.ask(costly).first;
  const auto second = office.ask(costly).first;

  const auto third = office.ask(costly);
  EXPECT_EQ(queued(third.second).reason, Reason::budget);
  office.settle(first, {.cost = dollars(1)});
  EXPECT_TRUE(admitted(office.look(third.first)));
  office.settle(second, {.cost = dollars(4)});
  office.settle(third.first, {.cost = dollars(4)});

  const auto fourth = office.ask(costly).second;
  EXPECT_EQ(refused(fourth).reason, Reason::budget);
  EXPECT_EQ(refused(fourth).retry_after, 24h);  // the clock stands at midnight
  EXPECT_THAT(refused(fourth).message,
              HasSubstr("budget of this provider for this day is used up: $9.0000 of $10.0000"));
}

TEST(Admission, AUsersBudgetIsTheirOwn) {
  Office office({}, {.user_budget = {.per_month = dollars(1)}});
  Ask costly = Office::call();
  costly.cost = dollars(1);
  office.settle(office.ask(costly).first, {.cost = dollars(1)});
  EXPECT_EQ(refused(office.ask(costly).second).reason, Reason::budget);
  costly.user = "bob";
  EXPECT_TRUE(admitted(office.ask(costly).second));
}

TEST(Admission, GoesOnWhereTheLedgerEnded) {
  Office office({.budget = {.per_month = dollars(10)}});
  const auto today = std::chrono::floor<std::chrono::days>(office.clock.wall());
  office.admission.restore("provider", "acme", {.day = today, .spent_in_month = dollars(9)});
  Ask costly = Office::call();
  costly.cost = dollars(2);
  EXPECT_EQ(refused(office.ask(costly).second).reason, Reason::budget);
  costly.cost = dollars(1);
  EXPECT_TRUE(admitted(office.ask(costly).second));
}

TEST(Admission, WarnsBeforeABudgetIsUsedUp) {
  Office office({.budget = {.per_day = dollars(10), .warn_at = 0.5}});
  EXPECT_TRUE(office.settle(office.ask().first, {.cost = dollars(4)}).budget_warnings.empty());
  const auto warnings = office.settle(office.ask().first, {.cost = dollars(2)}).budget_warnings;
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings[0].budget, "provider acme");
  EXPECT_EQ(warnings[0].standing.spent, dollars(6));
  EXPECT_EQ(warnings[0].standing.limit, dollars(10));
}

TEST(Admission, TellsOnceThatABudgetIsUsedUp) {
  Office office({}, {.budget = {.per_day = dollars(10)}});
  office.settle(office.ask().first, {.cost = dollars(9)});
  Ask costly = Office::call();
  costly.cost = dollars(2);

  const auto first = office.ask(costly).second;
  const auto second = office.ask(costly).second;

  ASSERT_TRUE(refused(first).used_up);
  EXPECT_EQ(refused(first).used_up->budget, "all providers");
  EXPECT_EQ(refused(first).used_up->standing.spent, dollars(9));
  EXPECT_EQ(refused(second).reason, Reason::budget);
  EXPECT_FALSE(refused(second).used_up);
}

TEST(Admission, MakesNoUnpricedCallUnderABudgetUnlessToldTo) {
  Office office({.budget = {.per_day = dollars(10)}});
  Ask unpriced = Office::call();
  unpriced.cost = std::nullopt;
  EXPECT_EQ(refused(office.ask(unpriced).second).reason, Reason::unknown_price);
  office.admission.configure({.allow_unpriced = true});
  EXPECT_TRUE(admitted(office.ask(unpriced).second));
}

}  // namespace
}  // namespace convoke::limits
