#include "limits/budget.hpp"

#include <utility>

namespace convoke::limits {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month;
using std::chrono::year_month_day;

sys_days day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

year_month month_of(sys_days day) {
  const year_month_day date(day);
  return date.year() / date.month();
}

bool reaches(Money spent, const std::optional<Money>& limit, double share) {
  return limit && static_cast<double>(spent.picodollars) >= share * static_cast<double>(limit->picodollars);
}

}  // namespace

std::string_view name_of(Budget::Period period) {
  switch (period) {
    case Budget::Period::request: return "request";
    case Budget::Period::day: return "day";
    case Budget::Period::month: return "month";
  }
  std::unreachable();
}

WallTime end_of(Budget::Period period, WallTime now) {
  const sys_days today = day_of(now);
  if (period == Budget::Period::day) return today + std::chrono::days(1);
  if (period == Budget::Period::month) return sys_days((month_of(today) + std::chrono::months(1)) / 1);
  return now;
}

void Budget::turn_page(WallTime now) {
  const sys_days today = day_of(now);
  if (today <= state_.day) return;  // a clock that is set back opens no new day
  if (month_of(today) != month_of(state_.day)) state_.spent_in_month = {};
  state_.spent_in_day = {};
  state_.day = today;
  warned_ = refused_ = false;
}

const BudgetState& Budget::state(WallTime now) {
  turn_page(now);
  return state_;
}

Budget::Answer Budget::ask(Money cost, WallTime now) {
  turn_page(now);
  if (limits_.per_request && cost > *limits_.per_request) {
    return {Verdict::used_up, Period::request, cost, *limits_.per_request};
  }
  Answer answer;
  const auto hold_against = [&](Period period, Money spent, const std::optional<Money>& limit) {
    if (!limit || answer.verdict == Verdict::used_up) return;
    if (spent + reserved_ + cost <= *limit) return;
    const bool fits_without_others = spent + cost <= *limit;
    answer = {fits_without_others ? Verdict::held : Verdict::used_up, period, spent, *limit};
  };
  hold_against(Period::day, state_.spent_in_day, limits_.per_day);
  hold_against(Period::month, state_.spent_in_month, limits_.per_month);
  return answer;
}

std::optional<Budget::Standing> Budget::past_threshold() const {
  if (reaches(state_.spent_in_day, limits_.per_day, limits_.warn_at)) {
    return Standing{Period::day, state_.spent_in_day, *limits_.per_day};
  }
  if (reaches(state_.spent_in_month, limits_.per_month, limits_.warn_at)) {
    return Standing{Period::month, state_.spent_in_month, *limits_.per_month};
  }
  return std::nullopt;
}

std::optional<Budget::Standing> Budget::settle(Money reserved, Money actual, WallTime now) {
  turn_page(now);
  reserved_ -= reserved;
  state_.spent_in_day += actual;
  state_.spent_in_month += actual;
  if (warned_) return std::nullopt;
  const auto passed = past_threshold();
  warned_ = passed.has_value();
  return passed;
}

}  // namespace convoke::limits
