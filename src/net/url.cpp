#include "net/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cctype>
#include <charconv>
#include <memory>
#include <new>

namespace convoke::net {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// The port a scheme implies; 0 for a scheme we do not speak.
std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return 0;
}

/// One part of a parsed URL, or "" where it has none.
std::string part(CURLU* parts, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(parts, which, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

}  // namespace

bool Url::is_secure() const { return scheme == "https" || scheme == "wss"; }

bool Url::is_loopback_host() const {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host, not_an_address);
  return !not_an_address && address.is_loopback();
}

std::string Url::authority() const {
  const bool is_ipv6 = host.contains(':');
  return (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string Url::target() const { return query.empty() ? path : path + '?' + query; }

Result<Url> parse_url(std::string_view text) {
  if (text.contains('\0')) return fail(Errc::invalid_input, "not a URL: it holds a NUL byte");
  // curl's own parser, so that what is checked here is what the HTTP client will connect to.
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), &curl_url_cleanup);
  if (!parts) throw std::bad_alloc();
  constexpr unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER;
  const CURLUcode refused = curl_url_set(parts.get(), CURLUPART_URL, std::string(text).c_str(), flags);
  if (refused == CURLUE_USER_NOT_ALLOWED) {
    return fail(Errc::invalid_input, "a URL must not carry a user name or password");
  }
  if (refused != CURLUE_OK) return fail(Errc::invalid_input, std::string("not a URL: ") + curl_url_strerror(refused));

  Url url;
  url.scheme = part(parts.get(), CURLUPART_SCHEME);
  url.port = default_port(url.scheme);
  if (url.port == 0) return fail(Errc::invalid_input, "a URL must begin with http, https, ws or wss");
  url.host = lower_case(part(parts.get(), CURLUPART_HOST));
  if (url.host.starts_with('[')) url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty() || url.host.contains('%')) return fail(Errc::invalid_input, "the URL has no usable host name");
  const std::string port = part(parts.get(), CURLUPART_PORT);
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (url.port == 0) return fail(Errc::invalid_input, "the URL's port is not between 1 and 65535");
  url.path = part(parts.get(), CURLUPART_PATH);
  url.query = part(parts.get(), CURLUPART_QUERY);
  return url;
}

}  // namespace convoke::net
