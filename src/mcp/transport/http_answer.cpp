#include "mcp/transport/http_answer.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <charconv>

namespace convoke::mcp {

namespace {

std::optional<std::chrono::milliseconds> retry_after(const net::HttpHead& head) {
  const auto text = net::find_header(head.headers, "Retry-After").value_or("");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace

bool is_event_stream(const net::HttpHead& head) {
  const auto type = net::find_header(head.headers, "Content-Type").value_or("");
  return boost::algorithm::istarts_with(type, "text/event-stream");
}

bool is_success(int status) { return status >= 200 && status < 300; }

Error error_of(const net::HttpHead& head) {
  std::string message = "the server answered HTTP status " + std::to_string(head.status);
  switch (head.status) {
    case 401:
    case 403: return {Errc::denied, std::move(message), std::nullopt};
    case 404: return {Errc::not_found, std::move(message), std::nullopt};
    case 408: return {Errc::timed_out, std::move(message), std::nullopt};
    case 429: return {Errc::rate_limited, std::move(message), retry_after(head)};
    default: break;
  }
  if (head.status >= 500) return {Errc::unavailable, std::move(message), retry_after(head)};
  if (head.status >= 400) return {Errc::invalid_input, std::move(message), std::nullopt};
  return {Errc::protocol, std::move(message), std::nullopt};
}

Result<jsonrpc::Response> response_in(const std::string& body, const jsonrpc::Id& id) {
  for (auto& message : jsonrpc::parse_messages(body)) {
    if (!message) return fail(Errc::protocol, "the server's answer is no message: " + message.error().error.message);
    auto* response = std::get_if<jsonrpc::Response>(&*message);
    const bool ours = response && (response->id ? *response->id == id : !response->outcome);
    if (ours) return std::move(*response);
  }
  return fail(Errc::protocol, "the server's answer is for another request");
}

}  // namespace convoke::mcp
