#include "llm/rate_headers.hpp"

#include <algorithm>
#include <charconv>

#include "llm/wire_durations.hpp"

namespace convoke {
namespace {

using limits::Dimension;
using limits::LimitReport;
using limits::ReportedLimit;
using std::chrono::milliseconds;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr milliseconds longest_wait = std::chrono::hours(24 * 32);
constexpr std::int64_t largest_limit = 1'000'000'000'000;
constexpr std::int64_t latest_epoch = 10'000'000'000'000;  // milliseconds

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view header(const Headers& headers, std::string_view name) {
  const auto found = std::ranges::find_if(headers, [&](const auto& field) { return same_name(field.first, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

/// A whole number; what stands behind it ("100;w=60", "59.0") is ignored.
std::optional<std::int64_t> count_in(std::string_view text, std::int64_t largest = largest_limit) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0 || count > largest) return std::nullopt;
  return count;
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int number = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + count, number);
  if (error != std::errc{} || end != begin + count || number < 0) return std::nullopt;
  return number;
}

/// Reads the times of one answer.
class Times {
 public:
  Times(const Headers& headers, WallTime now) : now_(parse_http_date(header(headers, "date")).value_or(now)) {}

  /// How long until the time that is meant: a duration, a number of seconds, a point in time as text, or seconds or
  /// milliseconds since 1970.
  std::optional<milliseconds> until(std::string_view text) const {
    if (const auto at = parse_rfc3339(text)) return sane(*at - now_);
    if (const auto at = parse_http_date(text)) return sane(*at - now_);
    if (const auto number = parse_decimal(text, milliseconds(1000))) {
      if (*number < longest_wait) return sane(*number);
    }
    if (const auto epoch = count_in(text, latest_epoch); epoch && *epoch > 1'000'000'000) {
      const bool is_ms = *epoch > 100'000'000'000;
      return sane(WallTime(milliseconds(is_ms ? *epoch : *epoch * 1000)) - now_);
    }
    const auto duration = parse_go_duration(text);
    return duration ? sane(*duration) : std::nullopt;
  }

 private:
  static std::optional<milliseconds> sane(milliseconds wait) {
    if (wait > longest_wait) return std::nullopt;
    return std::max(wait, milliseconds(0));
  }
  WallTime now_;
};

ReportedLimit read(const Headers& headers, const Times& times, const std::string& before, const std::string& after) {
  return {.limit = count_in(header(headers, before + "limit" + after)),
          .remaining = count_in(header(headers, before + "remaining" + after)),
          .reset = times.until(header(headers, before + "reset" + after))};
}

ReportedLimit read_anthropic(const Headers& headers, const Times& times, const std::string& what) {
  const std::string prefix = "anthropic-ratelimit-" + what;
  return {.limit = count_in(header(headers, prefix + "-limit")),
          .remaining = count_in(header(headers, prefix + "-remaining")),
          .reset = times.until(header(headers, prefix + "-reset"))};
}

void wait_for(LimitReport& report, std::optional<milliseconds> wait) {
  if (wait && *wait > milliseconds(0))
    report.retry_after = std::max(report.retry_after.value_or(milliseconds(0)), *wait);
}

void read_retry_after(const Headers& headers, const Times& times, LimitReport& report) {
  if (const auto exact = parse_decimal(header(headers, "retry-after-ms"), milliseconds(1));
      exact && exact->count() > 0) {
    if (*exact < longest_wait) report.retry_after = exact;
    return;
  }
  wait_for(report, times.until(header(headers, "retry-after")));
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-') return std::nullopt;
  if ((text[10] | 0x20) != 't' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::string_view zone = text.substr(19);
  if (zone.starts_with('.')) zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  std::chrono::minutes offset{0};
  if (zone != "Z" && zone != "z") {
    const auto hours = digits(zone, 1, 2), minutes = digits(zone, 4, 2);
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || !hours || !minutes)
      return std::nullopt;
    offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    if (zone[0] == '-') offset = -offset;
  }
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second} - offset;
}

LimitReport read_rate_headers(const Headers& headers, RequestsPer requests_per, WallTime now) {
  LimitReport report;
  const Times times(headers, now);
  const Dimension requests =
      requests_per == RequestsPer::day ? Dimension::requests_per_day : Dimension::requests_per_minute;
  report.of(requests) = read(headers, times, "x-ratelimit-", "-requests");
  report.of(Dimension::tokens_per_minute) = read(headers, times, "x-ratelimit-", "-tokens");
  if (const ReportedLimit told = read_anthropic(headers, times, "requests"); told.limit) {
    report.of(Dimension::requests_per_minute) = told;
  }
  if (const ReportedLimit told = read_anthropic(headers, times, "tokens"); told.limit) {
    report.of(Dimension::tokens_per_minute) = told;
  }
  report.of(Dimension::input_tokens_per_minute) = read_anthropic(headers, times, "input-tokens");
  report.of(Dimension::output_tokens_per_minute) = read_anthropic(headers, times, "output-tokens");
  if (header(headers, "x-ratelimit-remaining") == "0")
    wait_for(report, times.until(header(headers, "x-ratelimit-reset")));
  read_retry_after(headers, times, report);
  return report;
}

LimitReport read_rate_message(std::string_view message) {
  LimitReport report;
  constexpr std::array<std::pair<std::string_view, Dimension>, 4> names{{{"(RPM)", Dimension::requests_per_minute},
                                                                         {"(RPD)", Dimension::requests_per_day},
                                                                         {"(TPM)", Dimension::tokens_per_minute},
                                                                         {"(TPD)", Dimension::tokens_per_day}}};
  const auto number_after = [&](std::string_view label, std::size_t from) -> std::optional<std::int64_t> {
    const auto at = message.find(label, from);
    return at == std::string_view::npos ? std::nullopt : count_in(message.substr(at + label.size()));
  };
  for (const auto& [name, dimension] : names) {
    const auto at = message.find(name);
    if (at == std::string_view::npos) continue;
    ReportedLimit& told = report.of(dimension);
    told.limit = number_after("Limit ", at);
    const auto used = number_after("Used ", at);
    if (told.limit && used) told.remaining = std::max<std::int64_t>(0, *told.limit - *used);
  }
  return report;
}

}  // namespace convoke
