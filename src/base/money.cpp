#include "base/money.hpp"

#include <charconv>
#include <limits>

namespace convoke {
namespace {

constexpr int decimals = 12;  ///< of a dollar in picodollars

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The digits of a decimal number and how many of them stand before the point.
struct Digits {
  std::string digits{};
  std::int64_t point = 0;
};

std::optional<Digits> read_digits(std::string_view text) {
  Digits number;
  bool after_point = false;
  std::size_t at = 0;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !after_point)); ++at) {
    if (text[at] == '.') {
      after_point = true;
      continue;
    }
    number.digits += text[at];
    if (!after_point) ++number.point;
  }
  if (number.digits.empty()) return std::nullopt;
  if (at == text.size()) return number;
  if ((text[at] | 0x20) != 'e') return std::nullopt;
  std::string_view exponent = text.substr(at + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  int power = 0;
  const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  if (error != std::errc{} || end != exponent.data() + exponent.size()) return std::nullopt;
  number.point += power;
  return number;
}

}  // namespace

std::optional<Money> parse_money(std::string_view dollars) {
  const bool is_negative = dollars.starts_with('-');
  if (is_negative) dollars.remove_prefix(1);
  const auto number = read_digits(dollars);
  if (!number) return std::nullopt;
  const std::int64_t whole = number->point + decimals;  // so many digits count; the next one decides the rounding
  const auto digit = [&](std::int64_t at) {
    return at >= 0 && at < std::ssize(number->digits) ? number->digits[static_cast<std::size_t>(at)] - '0' : 0;
  };
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const bool is_zero = number->digits.find_first_not_of('0') == std::string::npos;
  std::int64_t picodollars = 0;
  for (std::int64_t at = 0; at < whole && !is_zero; ++at) {
    if (picodollars > (most - 9) / 10) return std::nullopt;
    picodollars = picodollars * 10 + digit(at);
  }
  if (digit(whole) >= 5) ++picodollars;
  return Money{is_negative ? -picodollars : picodollars};
}

std::string to_decimal(Money amount) {
  const bool is_negative = amount.picodollars < 0;
  const auto bits = static_cast<std::uint64_t>(amount.picodollars);
  const std::uint64_t size = is_negative ? ~bits + 1 : bits;
  std::string text = std::to_string(size);
  if (text.size() <= decimals) text.insert(0, decimals + 1 - text.size(), '0');
  text.insert(text.size() - decimals, ".");
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return is_negative ? "-" + text : text;
}

}  // namespace convoke
