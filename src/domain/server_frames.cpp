#include <fmt/format.h>

#include "base/plain_numbers.hpp"
#include "domain/frames.hpp"

namespace convoke {
namespace {

void append_string(std::string& out, std::string_view text) {
  out += json::serialize(json::string_view(text.data(), text.size()));
}

std::string written(const json::object& object) { return plain_numbers(json::serialize(object)); }

void append(std::string& out, const Processing& body) {
  out += R"("status":"processing")";
  if (body.type.empty()) {
    if (!body.metadata.empty()) out += R"(,"metadata":)" + written(body.metadata);
    return;
  }
  out += R"(,"chunk":{"type":")" + body.type + R"(","data":)";
  append_string(out, body.data);
  out += R"(,"metadata":)" + written(body.metadata) + "}";
}

void append(std::string& out, const Chunk& body) {
  constexpr std::string_view names[] = {"text", "reasoning", "file"};
  out += R"("status":"chunk","chunk":{"type":")";
  out += names[static_cast<std::size_t>(body.type)];
  out += R"(","data":)";
  append_string(out, body.data);
  out += '}';
}

void append(std::string& out, const InputRequired& body) {
  json::object input = body.request.details;
  input["input_id"] = body.input_id;
  input["kind"] = name_of(body.request.kind);
  input["server"] = body.request.server;
  input["message"] = body.request.message;
  input["expires_at"] = to_iso8601(body.expires_at);
  input["expires_in_ms"] = body.expires_in_ms;
  out += R"("status":"input_required","input":)" + written(input);
}

void append(std::string& out, const Complete& body) {
  out += R"("status":"complete")";
  if (!body.metadata.empty()) out += R"(,"metadata":)" + written(body.metadata);
  if (!body.data.empty()) out += R"(,"data":)" + written(body.data);
}

void append(std::string& out, const Failed& body) {
  json::object error{{"code", status_code_of(body.error.code)},
                     {"type", name_of(body.error.code)},
                     {"message", body.error.message},
                     {"retryable", is_retryable(body.error.code)}};
  if (!body.field.empty()) error["field"] = body.field;
  if (body.error.retry_after) error["retry_after_ms"] = body.error.retry_after->count();
  out += R"("status":"error","error":)" + written(error) + R"(,"chunk":{"error":)";
  append_string(out, body.error.message);
  out += '}';
  if (!body.metadata.empty()) out += R"(,"metadata":)" + written(body.metadata);
}

void append(std::string& out, const Notice& body) {
  json::object notice{{"type", body.type}, {"message", body.message}};
  for (const auto& [name, value] : body.details) notice[name] = value;
  out += R"("status":"notice","notice":)" + written(notice);
}

}  // namespace

std::string to_text(const ServerFrame& frame) {
  std::string out = R"({"request_id":)";
  if (frame.request_id.empty()) {
    out += "null";
  } else {
    append_string(out, frame.request_id);
  }
  out += fmt::format(R"(,"seq":{},)", frame.seq);
  std::visit([&](const auto& body) { append(out, body); }, frame.body);
  out += '}';
  return out;
}

std::string_view name_of(QuestionPriority priority) {
  switch (priority) {
    case QuestionPriority::background: return "background";
    case QuestionPriority::normal: return "normal";
    case QuestionPriority::urgent: return "urgent";
  }
  std::unreachable();
}

bool is_last(const FrameBody& body) {
  return std::holds_alternative<Complete>(body) || std::holds_alternative<Failed>(body);
}

int status_code_of(Errc code) {
  switch (code) {
    case Errc::invalid_input: return 400;
    case Errc::not_found: return 404;
    case Errc::conflict: return 409;
    case Errc::denied: return 403;
    case Errc::rate_limited: return 429;
    case Errc::unavailable: return 503;
    case Errc::timed_out: return 504;
    case Errc::cancelled: return 499;
    case Errc::protocol: return 502;
    case Errc::exhausted: return 507;
    case Errc::internal: return 500;
  }
  std::unreachable();
}

bool is_retryable(Errc code) {
  switch (code) {
    case Errc::rate_limited:
    case Errc::unavailable:
    case Errc::timed_out:
    case Errc::protocol: return true;
    case Errc::invalid_input:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::denied:
    case Errc::cancelled:
    case Errc::exhausted:
    case Errc::internal: return false;
  }
  std::unreachable();
}

}  // namespace convoke
