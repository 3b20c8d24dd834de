#pragma once
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/money.hpp"

namespace convoke::limits {

/// What may be spent. Nothing set: no limit. Days and months are those of UTC.
struct BudgetLimits {
  std::optional<Money> per_request{};
  std::optional<Money> per_day{};
  std::optional<Money> per_month{};
  double warn_at = 0.8;  ///< of a day's or a month's budget

  bool any() const { return per_request || per_day || per_month; }
  bool operator==(const BudgetLimits&) const = default;
};

/// What was spent so far, as the ledger knows it after a restart.
struct BudgetState {
  std::chrono::sys_days day{};  ///< any day of its month
  Money spent_in_day{};
  Money spent_in_month{};
  bool operator==(const BudgetState&) const = default;
};

/// One purse. Money is reserved before a call and settled after it: what was spent and what is reserved together never
/// exceed a limit, as long as no call costs more than was reserved for it.
class Budget {
 public:
  enum class Period { request, day, month };
  enum class Verdict {
    fits,
    held,     ///< enough is left, but other calls have it reserved and may not need all of it
    used_up,  ///< it cannot fit before the period ends, or, for a single request, ever
  };
  struct Answer {
    Verdict verdict = Verdict::fits;
    Period period = Period::request;  ///< whose limit decided
    Money spent{}, limit{};           ///< of that period
  };

  void configure(const BudgetLimits& limits) { limits_ = limits; }
  void restore(const BudgetState& state) { state_ = state; }

  Answer ask(Money cost, WallTime now);
  void reserve(Money cost) { reserved_ += cost; }
  void release(Money reserved) { reserved_ -= reserved; }
  /// How much of a period's limit is spent.
  struct Standing {
    Period period = Period::day;
    Money spent{}, limit{};
  };
  /// Tells if the warning threshold was passed by it, once a day.
  std::optional<Standing> settle(Money reserved, Money actual, WallTime now);
  /// True once a day: nobody has been told yet that it is used up.
  bool is_first_refusal() { return !std::exchange(refused_, true); }

  const BudgetLimits& limits() const { return limits_; }
  const BudgetState& state(WallTime now);
  Money reserved() const { return reserved_; }

 private:
  void turn_page(WallTime now);
  std::optional<Standing> past_threshold() const;

  BudgetLimits limits_;
  BudgetState state_;
  Money reserved_;
  bool warned_ = false;
  bool refused_ = false;
};

std::string_view name_of(Budget::Period period);

/// When the day or month that `now` is in ends; `now` for a single request.
WallTime end_of(Budget::Period period, WallTime now);

}  // namespace convoke::limits
