#include "gateway/access.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/parse_query.hpp>
#include <boost/url/url_view.hpp>

namespace convoke {
namespace {

namespace urls = boost::urls;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// "localhost:8000" → "localhost", "[::1]:8000" → "[::1]".
std::string host_without_port(std::string_view host) {
  if (host.starts_with('[')) return lower(host.substr(0, host.find(']') + 1));
  return lower(host.substr(0, host.find(':')));
}

bool is_loopback_name(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

bool is_allowed_origin(const AccessRules& rules, std::string_view origin, std::string_view host) {
  if (lower(origin) == "http://" + lower(host) || lower(origin) == "https://" + lower(host)) return true;
  return std::ranges::any_of(rules.allow_origins, [&](const std::string& allowed) {
    return allowed == "*" || lower(allowed) == lower(origin);
  });
}

/// Takes the same time wherever the two differ.
bool same_secret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b.empty() ? 0 : b[i % b.size()]);
  }
  return difference == 0;
}

std::string presented_token(const net::ServerRequest& request) {
  constexpr std::string_view scheme = "bearer ";
  const auto header = net::find_header(request.headers, "authorization").value_or("");
  if (lower(header.substr(0, scheme.size())) == scheme) return std::string(header.substr(scheme.size()));
  return query_parameter(request.query, "access_token").value_or("");
}

/// The place of the token that was presented among ours, from 1; 0: it is none of them.
std::size_t place_of_token(const AccessRules& rules, const net::ServerRequest& request) {
  const std::string presented = presented_token(request);
  std::size_t place = 0;
  for (std::size_t i = 0; i < rules.tokens.size(); ++i) {
    if (same_secret(presented, rules.tokens[i].reveal())) place = i + 1;
  }
  return place;
}

}  // namespace

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  const auto parsed = urls::parse_query(query);
  if (!parsed) return std::nullopt;
  const urls::params_view parameters = *parsed;
  const auto found = parameters.find(name);
  if (found == parameters.end()) return std::nullopt;
  return (*found).value;
}

std::string user_of(const AccessRules& rules, const net::ServerRequest& request) {
  if (rules.tokens.empty()) return "";
  const std::size_t place = place_of_token(rules, request);
  return place == 0 ? "" : "token " + std::to_string(place);
}

std::optional<net::ServerResponse> refusal(const AccessRules& rules, const net::ServerRequest& request,
                                           bool needs_token) {
  const auto host = net::find_header(request.headers, "host").value_or("");
  if (rules.loopback_only && !is_loopback_name(host_without_port(host))) {
    return net::text_response(403, "This server listens on this machine only; call it by the name localhost.\n");
  }
  const auto origin = net::find_header(request.headers, "origin");
  if (origin && !is_allowed_origin(rules, *origin, host)) {
    return net::text_response(403, "Pages of this origin may not connect; see chat.websocket.allow_origins.\n");
  }
  if (needs_token && !rules.tokens.empty() && place_of_token(rules, request) == 0) {
    auto response = net::text_response(401, "A token is needed: Authorization: Bearer …, or ?access_token=…\n");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  return std::nullopt;
}

}  // namespace convoke
