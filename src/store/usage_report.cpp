#include "store/usage_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.hpp"

namespace convoke {
namespace {

constexpr std::int64_t longest_range_days = 36'500;

std::string day_of(WallTime time) { return to_iso8601(time).substr(0, 10); }

/// True for "2026-11-23", and for days that exist.
bool is_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = -1;
    const char* end = text.data() + at + length;
    const auto read = std::from_chars(text.data() + at, end, value);
    return read.ptr == end ? value : -1;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

Result<std::string> first_day(std::string_view text, WallTime now) {
  if (text.empty() || is_day(text)) return std::string(text);
  if (text == "today") return day_of(now);
  if (text == "month") return day_of(now).substr(0, 8) + "01";
  std::int64_t days = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool is_count = read.ec == std::errc() && std::string_view(read.ptr, text.data() + text.size()) == "d";
  if (is_count && days >= 1 && days <= longest_range_days) return day_of(now - std::chrono::days(days - 1));
  return fail(Errc::invalid_input,
              fmt::format("since is \"{}\"; expected a day like 2026-11-01, today, month, or a number of days like 7d",
                          text.substr(0, 40)));
}

Result<std::vector<UsageKey>> read_keys(std::string_view text) {
  std::vector<UsageKey> keys;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    const auto key = usage_key_of(name);
    if (!key) {
      return fail(Errc::invalid_input, fmt::format("by is \"{}\"; expected day, month, provider, model, key, user, "
                                                   "purpose or conversation, or several with commas",
                                                   name.substr(0, 40)));
    }
    if (std::ranges::find(keys, *key) == keys.end()) keys.push_back(*key);
  }
  return keys;
}

std::string csv_field(std::string_view text) {
  // A cell that begins like a formula is one to a spreadsheet.
  std::string field(!text.empty() && std::string_view("=+-@\t\r").contains(text.front()) ? "'" : "");
  field += text;
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// "1,234,567".
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t sign = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > sign + 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

/// Dollars with at least two places and as many as its first three figures need: "$12.30", "$0.000421".
std::string short_dollars(Money amount) {
  std::string text = to_decimal(amount);
  const auto point = text.find('.');
  if (point == std::string::npos) return "$" + text + ".00";
  const auto figure = text.find_first_of("123456789");
  const bool has_dollars = figure < point;
  const std::size_t wanted = has_dollars ? point + 3 : std::max(point + 3, figure + 3);
  if (text.size() > wanted) text.resize(wanted);
  while (text.size() < point + 3) text += '0';
  return "$" + text;
}

using Cells = std::vector<std::string>;

/// Text to the left, figures to the right.
std::string line_of(const Cells& cells, const std::vector<std::size_t>& widths, std::size_t labels) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string space(widths[i] - std::min(widths[i], count_characters(cells[i])), ' ');
    line += i == 0 ? "" : "  ";
    line += i < labels ? cells[i] + space : space + cells[i];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

Cells figures_of(const UsageSums& sums) {
  return {grouped(sums.calls),         grouped(sums.input_tokens),     grouped(sums.cached_tokens),
          grouped(sums.output_tokens), grouped(sums.reasoning_tokens), cost_text(sums)};
}

}  // namespace

Result<UsageQuery> read_usage_request(const UsageRequest& request, WallTime now) {
  UsageQuery query;
  TRY(query.by, read_keys(request.by));
  TRY(query.since, first_day(request.since, now));
  if (!request.until.empty() && !is_day(request.until)) {
    return fail(Errc::invalid_input,
                fmt::format("until is \"{}\"; expected a day like 2026-11-30", request.until.substr(0, 40)));
  }
  query.until = request.until;
  const auto is_time = [](UsageKey key) { return key == UsageKey::day || key == UsageKey::month; };
  query.dearest_first = std::ranges::none_of(query.by, is_time);
  return query;
}

UsageReport report_of(UsageQuery query, std::vector<UsageRow> rows) {
  UsageReport report{.query = std::move(query), .rows = std::move(rows)};
  for (const UsageRow& row : report.rows) report.total += row.sums;
  return report;
}

json::object to_json(const UsageReport& report) {
  json::array by;
  for (const UsageKey key : report.query.by) by.push_back(json::string(name_of(key)));
  json::array rows;
  for (const UsageRow& row : report.rows) rows.push_back(to_json(row, report.query));
  return {{"by", std::move(by)}, {"since", report.query.since}, {"until", report.query.until},
          {"currency", "USD"},   {"rows", std::move(rows)},     {"total", to_json(report.total)}};
}

std::string to_csv(const UsageReport& report) {
  std::string text;
  for (const UsageKey key : report.query.by) text += fmt::format("{},", name_of(key));
  text +=
      "calls,unfinished_calls,unpriced_calls,estimated_calls,input_tokens,output_tokens,cached_tokens,"
      "cache_write_tokens,reasoning_tokens,audio_tokens,cost_usd\r\n";
  for (const auto& [labels, sums] : report.rows) {
    for (const std::string& label : labels) text += csv_field(label) + ",";
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\r\n", sums.calls, sums.unfinished_calls, sums.unpriced_calls,
                        sums.estimated_calls, sums.input_tokens, sums.output_tokens, sums.cached_tokens,
                        sums.cache_write_tokens, sums.reasoning_tokens, sums.audio_tokens,
                        some_cost_known(sums) ? to_decimal(sums.cost) : "");
  }
  return text;
}

std::string to_table(const UsageReport& report) {
  const std::size_t labels = report.query.by.size();
  Cells head;
  for (const UsageKey key : report.query.by) head.emplace_back(name_of(key));
  head.insert(head.end(), {"calls", "input", "cached", "output", "reasoning", "cost"});
  std::vector<Cells> lines{head};
  for (const auto& [names, sums] : report.rows) {
    Cells cells;
    for (const std::string& name : names) cells.push_back(name.empty() ? "-" : name);
    std::ranges::move(figures_of(sums), std::back_inserter(cells));
    lines.push_back(std::move(cells));
  }
  Cells total(labels);
  if (labels > 0) total.front() = "total";
  std::ranges::move(figures_of(report.total), std::back_inserter(total));
  const bool has_total = labels > 0 && report.rows.size() > 1;
  if (has_total) lines.push_back(total);

  std::vector<std::size_t> widths(head.size());
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], count_characters(cells[i]));
  }
  std::string rule;
  for (const std::size_t width : widths) rule += (rule.empty() ? "" : "  ") + std::string(width, '-');
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool is_total = has_total && i + 1 == lines.size();
    if (i == 1 || is_total) text += rule + "\n";
    text += line_of(lines[i], widths, labels);
  }
  return text;
}

std::string cost_text(const UsageSums& sums) {
  if (!some_cost_known(sums)) return "unknown";
  const std::string known = short_dollars(sums.cost);
  return sums.unpriced_calls == 0 ? known : fmt::format("{} + {} unpriced", known, sums.unpriced_calls);
}

}  // namespace convoke
