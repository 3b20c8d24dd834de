#include "app/config_setting_kinds.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace convoke {
namespace {

template <class Number>
std::optional<Number> whole_text_as(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> number_between(const std::string& text, double low, double high) {
  const auto number = whole_text_as<double>(text);
  if (!number || !std::isfinite(*number) || *number < low || *number > high) return std::nullopt;
  return number;
}

}  // namespace

Kind<bool> flag() {
  Kind<bool> kind =
      one_of<bool>({{"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"on", true}, {"off", false}});
  kind.accepts = "true or false";
  return kind;
}

Kind<int> whole(int low, int high) {
  const auto parse = [low, high](const std::string& text) -> std::optional<int> {
    const auto number = whole_text_as<int>(text);
    if (!number || *number < low || *number > high) return std::nullopt;
    return number;
  };
  return {fmt::format("a whole number from {} to {}", low, high), parse,
          [](int number) { return std::to_string(number); }};
}

Kind<std::int64_t> count(std::int64_t high) {
  const auto parse = [high](const std::string& text) -> std::optional<std::int64_t> {
    const auto number = whole_text_as<std::int64_t>(text);
    if (!number || *number < 0 || *number > high) return std::nullopt;
    return number;
  };
  return {fmt::format("a whole number from 0 to {}", high), parse,
          [](std::int64_t number) { return std::to_string(number); }};
}

Kind<std::size_t> length(std::size_t high) {
  const auto parse = [high](const std::string& text) -> std::optional<std::size_t> {
    const auto number = whole_text_as<std::size_t>(text);
    if (!number || *number < 1 || *number > high) return std::nullopt;
    return number;
  };
  return {fmt::format("a whole number from 1 to {}", high), parse,
          [](std::size_t number) { return std::to_string(number); }};
}

Kind<double> number(double low, double high) {
  return {fmt::format("a number from {} to {}", low, high),
          [low, high](const std::string& text) { return number_between(text, low, high); },
          [](double number) { return fmt::format("{}", number); }};
}

Kind<std::chrono::milliseconds> seconds(double low, double high) {
  using std::chrono::milliseconds;
  const auto parse = [low, high](const std::string& text) -> std::optional<milliseconds> {
    const auto number = number_between(text, low, high);
    if (!number) return std::nullopt;
    return milliseconds(std::llround(*number * 1000));
  };
  return {fmt::format("seconds from {} to {}", low, high), parse,
          [](milliseconds time) { return fmt::format("{}", static_cast<double>(time.count()) / 1000); }};
}

Kind<Money> dollars(int high) {
  const auto parse = [high](const std::string& text) -> std::optional<Money> {
    const auto amount = parse_money(text);
    if (!amount || *amount < Money{} || *amount > Money{high * picodollars_per_dollar}) return std::nullopt;
    return amount;
  };
  return {fmt::format("dollars from 0 to {}", high), parse, [](Money amount) { return to_decimal(amount); }};
}

Kind<std::string> text() {
  return {"text", [](const std::string& text) { return std::optional(text); },
          [](const std::string& text) { return text; }};
}

Kind<std::string> address() {
  const auto parse = [](const std::string& text) -> std::optional<std::string> {
    const auto scheme_end = text.find("://");
    if (!text.starts_with("http://") && !text.starts_with("https://")) return std::nullopt;
    if (text.size() == scheme_end + 3 || text.find_first_of(" \t\r\n") != std::string::npos) return std::nullopt;
    return text.substr(0, text.find_last_not_of('/') + 1);
  };
  return {"an http or https address", parse, [](const std::string& text) { return text; }};
}

Kind<std::string> url_path() {
  const auto parse = [](const std::string& text) -> std::optional<std::string> {
    if (!text.starts_with('/') || text.find_first_of(" \t\r\n?#") != std::string::npos) return std::nullopt;
    return text;
  };
  return {"a path that begins with /", parse, [](const std::string& text) { return text; }};
}

Kind<Secret> secret() {
  const auto parse = [](const std::string& text) -> std::optional<Secret> {
    if (text.empty() || text.find_first_of("\r\n") != std::string::npos) return std::nullopt;
    return Secret(text);
  };
  return {"text of one line, not empty", parse, [](const Secret&) { return std::string(); }};
}

Kind<ApprovalRule> approval_rule() {
  return {"`allow`, `hints`, `ask` or `deny`, then SERVER or SERVER/TOOL, with `*` and `?`",
          [](const std::string& given) { return parse_approval_rule(given); },
          [](const ApprovalRule& rule) { return to_text(rule); }};
}

}  // namespace convoke
