#include "base/clock.hpp"

namespace convoke {

std::chrono::steady_clock::time_point SystemClock::now() const { return std::chrono::steady_clock::now(); }

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

namespace {

/// Writes `value` with leading zeros, so that it ends before `end`. Every stored event has a time: this is ten times
/// faster than a format string.
void put_digits(char* end, int digits, unsigned value) {
  for (; digits > 0; --digits, value /= 10) *--end = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string to_iso8601(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto millisecond = static_cast<unsigned>((time - day).count());
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(&text[4], 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(&text[7], 2, static_cast<unsigned>(date.month()));
  put_digits(&text[10], 2, static_cast<unsigned>(date.day()));
  put_digits(&text[13], 2, millisecond / 3'600'000);
  put_digits(&text[16], 2, millisecond / 60'000 % 60);
  put_digits(&text[19], 2, millisecond / 1000 % 60);
  put_digits(&text[23], 3, millisecond % 1000);
  return text;
}

}  // namespace convoke
