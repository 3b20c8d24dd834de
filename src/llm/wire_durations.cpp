#include "llm/wire_durations.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace convoke {
namespace {

using std::chrono::milliseconds;

constexpr double longest_ms = 366.0 * 24 * 3600 * 1000;

/// The decimal number at the start of `text`, which is then cut off. A minus sign is no part of one.
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// The unit at the start of `text` in milliseconds, which is then cut off. "ms" has to be tried before "m".
std::optional<double> take_unit(std::string_view& text) {
  constexpr std::array<std::pair<std::string_view, double>, 8> units{{{"ms", 1},
                                                                      {"us", 1e-3},
                                                                      {"µs", 1e-3},
                                                                      {"μs", 1e-3},
                                                                      {"ns", 1e-6},
                                                                      {"h", 3'600'000},
                                                                      {"m", 60'000},
                                                                      {"s", 1000}}};
  for (const auto& [name, factor] : units) {
    if (!text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    return factor;
  }
  return std::nullopt;
}

std::optional<milliseconds> whole(double ms) {
  if (!(ms >= 0 && ms <= longest_ms)) return std::nullopt;
  return milliseconds(static_cast<milliseconds::rep>(std::ceil(ms)));
}

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + digits, number);
  if (error != std::errc{} || end != begin + digits || number < 0) return std::nullopt;
  return number;
}

}  // namespace

std::optional<milliseconds> parse_go_duration(std::string_view text) {
  double total = 0;
  bool any = false;
  while (const auto number = take_number(text)) {
    const auto unit = take_unit(text);
    if (!unit) break;
    total += *number * *unit;
    any = true;
  }
  if (!any) return std::nullopt;
  return whole(total);
}

std::optional<milliseconds> parse_decimal(std::string_view text, milliseconds unit) {
  const auto number = take_number(text);
  if (!number || !text.empty()) return std::nullopt;
  return whole(*number * static_cast<double>(unit.count()));
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = months.find(text.substr(8, 3));
  const auto day = number_at(text, 5, 2), year = number_at(text, 12, 4);
  const auto hour = number_at(text, 17, 2), minute = number_at(text, 20, 2), second = number_at(text, 23, 2);
  if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !hour || !minute || !second) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(month / 3 + 1)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

}  // namespace convoke
