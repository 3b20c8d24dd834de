#include "net/response_head.hpp"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <stdexcept>

namespace convoke::net {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  constexpr std::string_view breaks("\r\n\0", 3);
  if (name.find_first_of(breaks) != name.npos || value.find_first_of(breaks) != value.npos) {
    throw std::logic_error("a header field of an answer holds a line break");
  }
  out.append(name).append(": ").append(value).append("\r\n");
}

std::string_view reason_of(int status) {
  namespace http = boost::beast::http;
  return http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
}

}  // namespace

std::string response_head(const ServerResponse& response, Manner manner, Framing framing) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  for (const auto& [name, value] : response.headers) append_field(head, name, value);
  if (framing == Framing::length) append_field(head, "Content-Length", std::to_string(response.body.size()));
  if (framing == Framing::chunks) append_field(head, "Transfer-Encoding", "chunked");
  if (!manner.keep_alive) append_field(head, "Connection", "close");
  if (manner.keep_alive && manner.version < 11) append_field(head, "Connection", "keep-alive");
  return head + "\r\n";
}

ServerResponse text_response(int status, std::string text) {
  return {.status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(text)};
}

ServerResponse json_response(int status, std::string json_text) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(json_text)};
}

}  // namespace convoke::net
