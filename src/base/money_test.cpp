#include "base/money.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace convoke {
namespace {

TEST(ParseMoney, ReadsDecimalsExactly) {
  EXPECT_EQ(parse_money("2"), Money{2 * picodollars_per_dollar});
  EXPECT_EQ(parse_money("0.00095"), Money{950'000'000});
  EXPECT_EQ(parse_money(".5"), Money{picodollars_per_dollar / 2});
  EXPECT_EQ(parse_money("-1.25"), Money{-1'250'000'000'000});
  EXPECT_EQ(parse_money("0.000000000001"), Money{1});
}

TEST(ParseMoney, ReadsExponents) {
  EXPECT_EQ(parse_money("9.5e-4"), Money{950'000'000});
  EXPECT_EQ(parse_money("1E-7"), Money{100'000});
  EXPECT_EQ(parse_money("12e+2"), Money{1200 * picodollars_per_dollar});
  EXPECT_EQ(parse_money("0e999999"), Money{0});
}

TEST(ParseMoney, RoundsWhatIsFinerThanAPicodollar) {
  EXPECT_EQ(parse_money("0.0000000000005"), Money{1});
  EXPECT_EQ(parse_money("0.00000000000049"), Money{0});
  EXPECT_EQ(parse_money("0.00095000000000000001"), Money{950'000'000});
  EXPECT_EQ(parse_money("0.30000000000000004"), Money{300'000'000'000});
  EXPECT_EQ(parse_money("5e-14"), Money{0});
}

TEST(ParseMoney, RefusesWhatIsNoNumberOrTooMuch) {
  for (const char* wrong : {"", "-", ".", "1.2.3", "1e", "1e5x", "$1", " 1", "1 ", "nan", "1e999999", "9300000"}) {
    EXPECT_EQ(parse_money(wrong), std::nullopt) << wrong;
  }
}

TEST(ToDecimal, IsShortAndIsReadBack) {
  EXPECT_EQ(to_decimal(Money{950'000'000}), "0.00095");
  EXPECT_EQ(to_decimal(Money{2 * picodollars_per_dollar}), "2");
  EXPECT_EQ(to_decimal(Money{0}), "0");
  EXPECT_EQ(to_decimal(Money{-1}), "-0.000000000001");
  EXPECT_EQ(to_decimal(Money{1200 * picodollars_per_dollar}), "1200");
  EXPECT_EQ(to_decimal(Money{std::numeric_limits<std::int64_t>::min()}), "-9223372.036854775808");
}

}  // namespace
}  // namespace convoke
