#include "llm/fakellm/answer.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace convoke::fakellm {
namespace {

/// Puts a JSON value into one member of an Answer; false if it has the wrong type.
using Setter = std::function<bool(const json::value&, Answer&)>;

Setter text(std::string Answer::* member) {
  return [member](const json::value& value, Answer& answer) {
    if (!value.is_string()) return false;
    (answer.*member).assign(value.get_string().data(), value.get_string().size());
    return true;
  };
}

Setter flag(bool Answer::* member) {
  return [member](const json::value& value, Answer& answer) {
    if (!value.is_bool()) return false;
    answer.*member = value.get_bool();
    return true;
  };
}

Setter chunk_count(std::optional<int> Answer::* member) {
  return [member](const json::value& value, Answer& answer) {
    if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > 1'000'000) return false;
    answer.*member = static_cast<int>(value.get_int64());
    return true;
  };
}

Setter delay(std::chrono::microseconds Pace::* member) {
  return [member](const json::value& value, Answer& answer) {
    if (!value.is_number()) return false;
    const auto ms = value.to_number<double>();
    if (!(ms >= 0 && ms <= 3.6e6)) return false;
    answer.pace.*member = std::chrono::microseconds(static_cast<std::int64_t>(ms * 1000));
    return true;
  };
}

bool set_status(const json::value& value, Answer& answer) {
  if (!value.is_int64() || value.get_int64() < 200 || value.get_int64() > 599) return false;
  answer.status = static_cast<int>(value.get_int64());
  return true;
}

bool set_chunk_bytes(const json::value& value, Answer& answer) {
  if (!value.is_int64() || value.get_int64() < 0) return false;
  answer.pace.chunk_bytes = static_cast<std::size_t>(value.get_int64());
  return true;
}

/// [{"name":"sum","arguments":{"a":1}}], with ids if somebody cares.
bool set_tool_calls(const json::value& value, Answer& answer) {
  if (!value.is_array()) return false;
  answer.tool_calls.clear();
  for (const json::value& item : value.get_array()) {
    ToolCall call{.id = string_or_empty(item, "id"), .name = string_or_empty(item, "name"), .arguments = "{}"};
    if (call.name.empty()) return false;
    if (call.id.empty()) call.id = fmt::format("call_{}", answer.tool_calls.size() + 1);
    const json::value* arguments = find(item, "arguments");
    if (arguments) call.arguments = json::serialize(*arguments);
    // Text stands for itself, so that a script can send arguments that are not JSON.
    if (arguments && arguments->is_string()) call.arguments = string_or_empty(item, "arguments");
    answer.tool_calls.push_back(std::move(call));
  }
  return true;
}

bool set_headers(const json::value& value, Answer& answer) {
  if (!value.is_object()) return false;
  answer.headers.clear();
  for (const auto& [name, text] : value.get_object()) {
    if (!text.is_string()) return false;
    answer.headers.emplace_back(name, text.get_string());
  }
  return true;
}

const std::map<std::string_view, Setter>& setters() {
  static const std::map<std::string_view, Setter> table{{"status", set_status},
                                                        {"retry_after", text(&Answer::retry_after)},
                                                        {"error", text(&Answer::error)},
                                                        {"error_code", text(&Answer::error_code)},
                                                        {"text", text(&Answer::text)},
                                                        {"reasoning", text(&Answer::reasoning)},
                                                        {"tool_calls", set_tool_calls},
                                                        {"finish_reason", text(&Answer::finish_reason)},
                                                        {"first_delay_ms", delay(&Pace::first_delay)},
                                                        {"chunk_delay_ms", delay(&Pace::chunk_delay)},
                                                        {"chunk_bytes", set_chunk_bytes},
                                                        {"cut_after", chunk_count(&Answer::cut_after)},
                                                        {"stall_after", chunk_count(&Answer::stall_after)},
                                                        {"garbage_after", chunk_count(&Answer::garbage_after)},
                                                        {"error_after", chunk_count(&Answer::error_after)},
                                                        {"done", flag(&Answer::done)},
                                                        {"usage", flag(&Answer::usage)},
                                                        {"crlf", flag(&Answer::crlf)},
                                                        {"split_utf8", flag(&Answer::split_utf8)},
                                                        {"content_type", text(&Answer::content_type)},
                                                        {"headers", set_headers}};
  return table;
}

}  // namespace

Result<Answer> read_answer(const json::value& value, const Answer& defaults) {
  if (!value.is_object())
    return fail(Errc::invalid_input, fmt::format("an answer must be an object, not {}", kind_of(value)));
  Answer answer = defaults;
  for (const auto& [key, member] : value.get_object()) {
    const auto setter = setters().find(std::string_view(key));
    if (setter == setters().end())
      return fail(Errc::invalid_input, fmt::format("an answer has no '{}'", std::string_view(key)));
    if (!setter->second(member, answer)) {
      return fail(Errc::invalid_input,
                  fmt::format("'{}' of an answer cannot be {}", std::string_view(key), json::serialize(member)));
    }
  }
  return answer;
}

}  // namespace convoke::fakellm
