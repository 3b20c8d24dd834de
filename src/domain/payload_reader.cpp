#include "domain/payload_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/plain_numbers.hpp"

namespace convoke {

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string PayloadReader::required_text(std::string_view name) {
  const json::value* member = payload_.if_contains(name);
  if (!member) return refuse(name, "is missing; expected a string"), "";
  if (!member->is_string()) return refuse(name, fmt::format("is {}; expected a string", kind_of(*member))), "";
  std::string text(member->get_string());
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) refuse(name, "is empty; expected text");
  return text;
}

std::optional<std::string> PayloadReader::optional_text(std::string_view name) {
  const json::value* member = payload_.if_contains(name);
  if (!member || member->is_null()) return std::nullopt;
  std::string text = required_text(name);
  if (text.size() > max_id_bytes) refuse(name, fmt::format("has {} bytes; at most {}", text.size(), max_id_bytes));
  return text;
}

std::optional<std::string> PayloadReader::optional_id(std::string_view name) {
  auto id = optional_text(name);
  if (id && has_control_characters(*id)) refuse(name, "has control characters; expected an id without");
  return id;
}

std::string PayloadReader::required_id(std::string_view name) {
  std::string text = required_text(name);
  if (text.size() > max_id_bytes) refuse(name, fmt::format("has {} bytes; at most {}", text.size(), max_id_bytes));
  return text;
}

std::optional<bool> PayloadReader::optional_flag(std::string_view name) {
  const json::value* member = payload_.if_contains(name);
  if (!member || member->is_null()) return std::nullopt;
  if (member->is_bool()) return member->get_bool();
  refuse(name, fmt::format("is {}; expected true or false", kind_of(*member)));
  return std::nullopt;
}

std::int64_t PayloadReader::required_number(std::string_view name, std::int64_t low, std::int64_t high) {
  if (!payload_.contains(name)) return refuse(name, "is missing; expected a whole number"), low;
  return number(name, low, low, high);
}

std::optional<WallTime> PayloadReader::optional_time(std::string_view name) {
  if (!has(name)) return std::nullopt;
  std::string text = required_text(name);
  if (text.size() == 10) text += "T00:00:00.000Z";
  const auto time = from_iso8601(text);
  if (time) return *time;
  refuse(name, fmt::format("is \"{}\"; expected a date or a time, such as 2026-11-23 or 2026-11-23T18:04:48.123Z",
                           text.substr(0, 100)));
  return std::nullopt;
}

bool PayloadReader::has(std::string_view name) const {
  const json::value* member = payload_.if_contains(name);
  return member && !member->is_null();
}

std::string PayloadReader::choice(std::string_view name, std::initializer_list<std::string_view> choices) {
  std::string text = required_text(name);
  if (problem_ || std::ranges::find(choices, text) != choices.end()) return text;
  std::string known;
  for (const std::string_view one : choices) known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", one);
  refuse(name, fmt::format("is \"{}\"; expected one of {}", text.substr(0, 100), known));
  return text;
}

std::optional<json::object> PayloadReader::optional_object(std::string_view name) {
  const json::value* member = payload_.if_contains(name);
  if (!member || member->is_null()) return std::nullopt;
  if (member->is_object()) return member->get_object();
  refuse(name, fmt::format("is {}; expected an object", kind_of(*member)));
  return std::nullopt;
}

std::string PayloadReader::text_or_empty(std::string_view name) {
  const json::value* member = payload_.if_contains(name);
  if (!member || member->is_null()) return "";
  if (member->is_string()) return std::string(member->get_string());
  return refuse(name, fmt::format("is {}; expected a string", kind_of(*member))), "";
}

std::map<std::string, std::string> PayloadReader::texts(std::string_view name) {
  std::map<std::string, std::string> read;
  for (const auto& [key, value] : optional_object(name).value_or(json::object{})) {
    if (!value.is_string()) return refuse(name, "has a member that is no string; expected strings only"), read;
    read.emplace(key, value.get_string());
  }
  return read;
}

const json::value* PayloadReader::member(std::string_view name) const { return payload_.if_contains(name); }

void PayloadReader::adopt(std::string_view name, const PayloadReader& inner) {
  if (problem_ || !inner.problem_) return;
  const std::string field = fmt::format("payload.{}.{}", name, inner.problem_->field.substr(8));
  problem_ = FrameProblem{"", field, fmt::format("payload.{}.{}", name, inner.problem_->message.substr(8))};
}

void PayloadReader::refuse(std::string_view name, std::string_view why) {
  if (problem_) return;
  const std::string field = fmt::format("payload.{}", name);
  problem_ = FrameProblem{"", field, fmt::format("{} {}", field, why)};
}

std::int64_t PayloadReader::number(std::string_view name, std::int64_t otherwise, std::int64_t low, std::int64_t high) {
  const json::value* member = payload_.if_contains(name);
  if (!member || member->is_null()) return otherwise;
  boost::system::error_code error;
  const auto value = member->is_number() ? member->to_number<std::int64_t>(error) : otherwise;
  if (member->is_number() && !error && value >= low && value <= high) return value;
  refuse(name, fmt::format("is {}; expected a whole number from {} to {}", plain_numbers(json::serialize(*member)), low,
                           high));
  return otherwise;
}

std::optional<FrameProblem> PayloadReader::problem() const { return problem_; }

}  // namespace convoke
