#include "mcp/transport/http_answer.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <charconv>

#include "net/url.hpp"

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

Result<std::string> address_at_same_server(std::string_view url, std::string_view named) {
  TRY(const auto server, net::parse_url(url));
  const auto origin_end = std::min(url.find('/', url.find("://") + 3), url.size());
  std::string address(named);
  if (named.starts_with('/') && !named.starts_with("//")) {
    address = std::string(url.substr(0, origin_end)) + address;
  } else if (!named.contains("://")) {
    const auto path = url.substr(0, url.find_first_of("?#"));
    address = std::string(path.substr(0, std::max(path.rfind('/') + 1, origin_end))) + address;
  }
  TRY(const auto meant, net::parse_url(address));
  if (meant.scheme != server.scheme || meant.host != server.host || meant.port != server.port) {
    return fail(Errc::protocol, "the server wants our messages sent to another server, " + meant.host);
  }
  return address;
}

std::optional<std::string> redirection(const net::HttpHead& head) {
  if (head.status != 307 && head.status != 308) return std::nullopt;
  const auto place = net::find_header(head.headers, "Location");
  return place ? std::optional<std::string>(*place) : std::nullopt;
}

bool means_session_is_gone(const net::HttpHead& head, std::string_view body) {
  return head.status == 404 || (head.status == 400 && boost::algorithm::icontains(body, "session"));
}

Error error_of(const net::HttpHead& head) {
  std::string message = "the server answered HTTP status " + std::to_string(head.status);
  const bool points_elsewhere = head.status >= 300 && head.status < 400;
  if (const auto place = net::find_header(head.headers, "Location"); place && points_elsewhere) {
    message.append(" and points to ").append(place->substr(0, place->find('?')));
  }
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
