#include "llm/fakellm/schedule.hpp"

#include <fmt/format.h>

#include <cmath>

namespace convoke::fakellm {
namespace {

bool take_number(const json::value& value, double& number) {
  if (!value.is_number()) return false;
  number = value.to_number<double>();
  return number >= 0 && number <= 1e9;
}

/// [from, until].
bool take_span(const json::value& value, BadTime& time, BadTime::Unit unit) {
  const json::array* both = value.if_array();
  time.unit = unit;
  return both && both->size() == 2 && take_number(both->at(0), time.from) && take_number(both->at(1), time.until) &&
         time.from <= time.until;
}

bool take(std::string_view key, const json::value& value, BadTime& time) {
  if (key == "seconds") return take_span(value, time, BadTime::Unit::seconds);
  if (key == "requests") return take_span(value, time, BadTime::Unit::requests);
  if (key == "every") return take_number(value, time.every);
  if (key == "share") return take_number(value, time.share) && time.share <= 1;
  if (key == "answer") time.answer = value;
  return key == "answer";
}

Result<BadTime> read_time(const json::value& value) {
  const json::object* object = value.if_object();
  const bool has_one_span = object && object->contains("seconds") != object->contains("requests");
  if (!has_one_span || !object->contains("answer")) {
    return fail(Errc::invalid_input, "a time of a schedule has 'seconds' or 'requests', and an 'answer'");
  }
  BadTime time;
  for (const auto& [key, member] : *object) {
    if (take(std::string_view(key), member, time)) continue;
    return fail(Errc::invalid_input, fmt::format("'{}' of a time in a schedule cannot be {}", std::string_view(key),
                                                 json::serialize(member)));
  }
  TRY([[maybe_unused]] const Answer readable, read_answer(time.answer, {}));
  return time;
}

}  // namespace

/// Of a share, every so-manyth is spoiled: a schedule does the same each time.
bool BadTime::spoils(std::int64_t number, std::chrono::duration<double> since_first) {
  double at = unit == Unit::seconds ? since_first.count() : static_cast<double>(number);
  if (every > 0 && at >= from) at = from + std::fmod(at - from, every);
  const bool is_before_end = unit == Unit::seconds ? at < until : at <= until;
  if (at < from || !is_before_end) return false;
  ++met;
  return std::floor(static_cast<double>(met) * share) > std::floor(static_cast<double>(met - 1) * share);
}

Result<Schedule> Schedule::read(const json::value& value) {
  if (!value.is_array()) return fail(Errc::invalid_input, "a schedule is an array");
  Schedule schedule;
  for (const json::value& item : value.get_array()) {
    TRY(BadTime time, read_time(item));
    schedule.times_.push_back(std::move(time));
  }
  return schedule;
}

Answer Schedule::spoil(Answer answer, std::int64_t number, std::chrono::duration<double> since_first) {
  for (BadTime& time : times_) {
    if (!time.spoils(number, since_first)) continue;
    auto spoiled = read_answer(time.answer, answer);
    if (spoiled) answer = *std::move(spoiled);
  }
  return answer;
}

}  // namespace convoke::fakellm
