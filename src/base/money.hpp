#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace convoke {

/// An amount of US dollars as a whole number of picodollars (1e-12 dollars): the price of a single token is exact, and
/// sums never drift as they would in floating point. Holds amounts up to 9.2 million dollars; whoever multiplies or
/// adds beyond that checks first.
struct Money {
  std::int64_t picodollars = 0;

  auto operator<=>(const Money&) const = default;
  Money& operator+=(Money other) {
    picodollars += other.picodollars;
    return *this;
  }
  Money& operator-=(Money other) {
    picodollars -= other.picodollars;
    return *this;
  }
  friend Money operator+(Money a, Money b) { return a += b; }
  friend Money operator-(Money a, Money b) { return a -= b; }
};

inline constexpr std::int64_t picodollars_per_dollar = 1'000'000'000'000;

/// Dollars written as a decimal number: "2", "0.00095", "9.5e-4", "-1.25". Exact to the picodollar; what is finer is
/// rounded half away from zero, so that a figure that went through somebody's floating point comes out as it was meant.
/// Nothing for anything else, or for more than Money can hold.
std::optional<Money> parse_money(std::string_view dollars);

/// The shortest decimal number of dollars that parse_money reads back as `amount`: "0.00095", "2".
std::string to_decimal(Money amount);

}  // namespace convoke
