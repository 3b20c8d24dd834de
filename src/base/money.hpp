#pragma once
#include <compare>
#include <cstdint>

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

}  // namespace convoke
