#include "mcp/schema/equality.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

namespace convoke::mcp::schema {

namespace {

__extension__ using Wide = unsigned __int128;

/// Exact for every integer and every double.
long double exact(const json::value& number) {
  if (const auto* integer = number.if_int64()) return static_cast<long double>(*integer);
  if (const auto* integer = number.if_uint64()) return static_cast<long double>(*integer);
  return static_cast<long double>(number.as_double());
}

/// digits * 10^exponent, without sign.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

/// The shortest decimal that reads back as this double.
std::optional<Decimal> decimal_of(double number) {
  std::array<char, 40> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), std::abs(number), std::chars_format::scientific);
  Decimal decimal;
  const char* at = text.data();
  bool after_point = false;
  for (; at != end.ptr && *at != 'e'; ++at) {
    if (*at == '.') {
      after_point = true;
      continue;
    }
    decimal.digits = decimal.digits * 10 + static_cast<unsigned>(*at - '0');
    if (after_point) --decimal.exponent;
  }
  if (at == end.ptr) return std::nullopt;  // infinite
  int exponent = 0;
  if (*++at == '+') ++at;
  std::from_chars(at, end.ptr, exponent);
  decimal.exponent += exponent;
  return decimal;
}

std::optional<Decimal> decimal_of(const json::value& number) {
  if (const auto* integer = number.if_int64()) {
    const auto bits = static_cast<std::uint64_t>(*integer);
    return Decimal{*integer < 0 ? 0 - bits : bits, 0};
  }
  if (const auto* integer = number.if_uint64()) return Decimal{*integer, 0};
  return decimal_of(number.as_double());
}

std::size_t mix(std::size_t seed, std::size_t value) {
  return seed ^ (value + 0x9e3779b97f4a7c15U + (seed << 6U) + (seed >> 2U));
}

}  // namespace

bool same(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return exact(a) == exact(b);
  if (a.kind() != b.kind()) return false;
  if (const json::array* left = a.if_array()) {
    const json::array& right = b.as_array();
    return std::ranges::equal(*left, right, same);
  }
  const json::object* left = a.if_object();
  if (!left) return a == b;
  const json::object& right = b.as_object();
  if (left->size() != right.size()) return false;
  return std::ranges::all_of(*left, [&](const auto& member) {
    const json::value* other = right.if_contains(member.key());
    return other && same(member.value(), *other);
  });
}

std::size_t hash_of(const json::value& value) {
  if (value.is_number()) return mix(1, std::hash<double>{}(value.to_number<double>()));
  if (const json::string* text = value.if_string()) return mix(2, std::hash<std::string_view>{}(*text));
  if (const bool* flag = value.if_bool()) return *flag ? 3 : 4;
  std::size_t hash = 5;
  if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) hash = mix(hash, hash_of(element));
  }
  if (const json::object* object = value.if_object()) {
    std::size_t sum = 6;  // the order of members must not matter
    for (const auto& [key, member] : *object) sum += mix(std::hash<std::string_view>{}(key), hash_of(member));
    hash = sum;
  }
  return hash;
}

std::partial_ordering compare(const json::value& a, const json::value& b) { return exact(a) <=> exact(b); }

bool is_whole(const json::value& number) {
  const double* real = number.if_double();
  return !real || (std::isfinite(*real) && std::trunc(*real) == *real);
}

bool is_multiple(const json::value& number, const json::value& divisor) {
  const auto a = decimal_of(number);
  const auto b = decimal_of(divisor);
  if (!a || !b || b->digits == 0) return false;
  if (a->digits == 0) return true;
  int shift = a->exponent - b->exponent;
  if (shift >= 0) {
    Wide rest = a->digits % b->digits;
    for (; shift > 0 && rest != 0; --shift) rest = rest * 10 % b->digits;
    return rest == 0;
  }
  Wide whole = b->digits;
  for (; shift < 0 && whole <= a->digits; ++shift) whole *= 10;
  return shift == 0 && a->digits % whole == 0;
}

}  // namespace convoke::mcp::schema
