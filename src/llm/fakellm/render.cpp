#include "llm/fakellm/render.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "llm/fakellm/events.hpp"

namespace convoke::fakellm {
namespace {

std::vector<std::string> events_in(const Answer& answer, const Question& question) {
  switch (question.tongue) {
    case Tongue::chat_completions: return chat_events(answer, question);
    case Tongue::responses: return responses_events(answer, question);
    case Tongue::messages: return messages_events(answer, question);
  }
  std::unreachable();
}

std::string_view openai_error_type(int status) {
  if (status == 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

std::string_view anthropic_error_type(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 402: return "billing_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 413: return "request_too_large";
    case 429: return "rate_limit_error";
    case 529: return "overloaded_error";
    default: return status < 500 ? "invalid_request_error" : "api_error";
  }
}

/// Moves the cut between two writes into a character where there is one, as a network may.
void split_characters(std::vector<std::string>& writes) {
  std::string joined;
  for (const std::string& write : writes) joined += write;
  writes.clear();
  std::size_t begin = 0;
  for (std::size_t at = 1; at < joined.size(); ++at) {
    if (!continues_character(joined[at])) continue;
    writes.push_back(joined.substr(begin, at - begin));
    begin = at;
  }
  writes.push_back(joined.substr(begin));
}

std::size_t limit(std::optional<int> after, std::size_t size) {
  return std::min(static_cast<std::size_t>(after.value_or(0)), size);
}

}  // namespace

Rendered render_stream(const Answer& answer, const Question& question) {
  Rendered rendered{.writes = events_in(answer, question)};
  auto& writes = rendered.writes;
  if (answer.garbage_after) {
    const auto at = static_cast<std::ptrdiff_t>(limit(answer.garbage_after, writes.size()));
    writes.insert(writes.begin() + at, event_of(answer, "", "{this is not JSON"));
  }
  if (answer.error_after) {
    writes.resize(limit(answer.error_after, writes.size()));
    const std::string_view message =
        answer.error.empty() ? "The fake server broke off." : std::string_view(answer.error);
    const std::string_view name = question.tongue == Tongue::chat_completions ? "" : "error";
    writes.push_back(event_of(answer, name, render_error(question.tongue, 500, message, answer.error_code)));
  }
  if (answer.cut_after || answer.stall_after) {
    writes.resize(limit(answer.cut_after ? answer.cut_after : answer.stall_after, writes.size()));
    rendered.ending = answer.cut_after ? Ending::cut : Ending::stall;
  }
  if (answer.split_utf8) split_characters(writes);
  return rendered;
}

std::string render_completion(const Answer& answer, const Question& question) {
  switch (question.tongue) {
    case Tongue::chat_completions: return chat_body(answer, question);
    case Tongue::responses: return responses_body(answer, question);
    case Tongue::messages: return messages_body(answer, question);
  }
  std::unreachable();
}

std::string render_error(Tongue tongue, int status, std::string_view message, std::string_view code) {
  if (tongue == Tongue::messages) {
    return fmt::format(R"({{"type":"error","error":{{"type":{},"message":{}}},"request_id":"req_fake"}})",
                       quoted(code.empty() ? anthropic_error_type(status) : code), quoted(message));
  }
  return fmt::format(R"({{"error":{{"message":{},"type":{},"param":null,"code":{}}}}})", quoted(message),
                     quoted(openai_error_type(status)), code.empty() ? "null" : quoted(code));
}

}  // namespace convoke::fakellm
