#include "mcp/auth/oauth_metadata.hpp"

#include <fmt/format.h>

#include "mcp/types/fields.hpp"
#include "net/url.hpp"

namespace convoke::mcp {

namespace {

constexpr std::string_view resource_document = "/.well-known/oauth-protected-resource";
constexpr std::string_view oauth_document = "/.well-known/oauth-authorization-server";
constexpr std::string_view openid_document = "/.well-known/openid-configuration";

/// The path as written, without query, fragment and a closing slash; empty for the root.
std::string_view path_of(std::string_view url) {
  auto path = url.substr(origin_of(url).size());
  path = path.substr(0, path.find_first_of("?#"));
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// Whether a token for `resource` is meant to be shown to `server_url`: same origin, and the path at or below it.
bool covers(std::string_view resource, std::string_view server_url) {
  const auto ours = net::parse_url(server_url);
  const auto theirs = net::parse_url(resource);
  if (!ours || !theirs) return false;
  if (ours->scheme != theirs->scheme || ours->host != theirs->host || ours->port != theirs->port) return false;
  const auto inner = path_of(server_url);
  const auto outer = path_of(resource);
  return inner == outer || (inner.starts_with(outer) && inner.substr(outer.size()).starts_with('/'));
}

}  // namespace

std::string_view origin_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return url;
  return url.substr(0, url.find_first_of("/?#", scheme_end + 3));
}

bool is_safe_url(std::string_view url) {
  const auto parsed = net::parse_url(url);
  return parsed && (parsed->is_secure() || parsed->is_loopback_host());
}

std::vector<std::string> protected_resource_urls(std::string_view server_url, const std::string& named) {
  if (!named.empty()) return {named};
  const auto origin = origin_of(server_url);
  const auto path = path_of(server_url);
  std::vector<std::string> urls;
  if (!path.empty()) urls.push_back(fmt::format("{}{}{}", origin, resource_document, path));
  urls.push_back(fmt::format("{}{}", origin, resource_document));
  return urls;
}

std::vector<std::string> authorization_server_urls(std::string_view issuer) {
  const auto origin = origin_of(issuer);
  const auto path = path_of(issuer);
  if (path.empty()) return {fmt::format("{}{}", origin, oauth_document), fmt::format("{}{}", origin, openid_document)};
  return {fmt::format("{}{}{}", origin, oauth_document, path), fmt::format("{}{}{}", origin, openid_document, path),
          fmt::format("{}{}{}", origin, path, openid_document)};
}

Result<ProtectedResource> protected_resource_from(const json::value& document, std::string_view server_url) {
  ProtectedResource found;
  TRY(found.resource, fields::required_string(document, "resource", "the protected resource's metadata"));
  found.authorization_servers = fields::strings(document, "authorization_servers");
  found.scopes_supported = fields::strings(document, "scopes_supported");
  if (!covers(found.resource, server_url)) {
    return fail(Errc::denied,
                fmt::format("the server at {} says it is another resource: {}", origin_of(server_url), found.resource));
  }
  if (found.authorization_servers.empty()) {
    return fail(Errc::denied, "the protected resource names no authorization server");
  }
  return found;
}

Result<AuthorizationServer> authorization_server_from(const json::value& document, const std::string& issuer) {
  AuthorizationServer found{.issuer = issuer};
  if (find_string(document, "issuer") != issuer) {
    return fail(Errc::denied,
                fmt::format("the metadata of {} is another issuer's: {}", issuer, string_or_empty(document, "issuer")));
  }
  const auto challenge_methods = fields::strings(document, "code_challenge_methods_supported");
  found.has_s256 = std::ranges::find(challenge_methods, "S256") != challenge_methods.end();
  found.authorization_endpoint = string_or_empty(document, "authorization_endpoint");
  found.token_endpoint = string_or_empty(document, "token_endpoint");
  found.registration_endpoint = string_or_empty(document, "registration_endpoint");
  for (const auto& endpoint : {found.authorization_endpoint, found.token_endpoint, found.registration_endpoint}) {
    if (!endpoint.empty() && !is_safe_url(endpoint)) {
      return fail(Errc::denied, fmt::format("an endpoint of {} is not https", issuer));
    }
  }
  if (found.token_endpoint.empty()) return fail(Errc::denied, fmt::format("{} names no token endpoint", issuer));
  found.scopes_supported = fields::strings(document, "scopes_supported");
  found.token_auth_methods = fields::strings(document, "token_endpoint_auth_methods_supported");
  if (found.token_auth_methods.empty()) found.token_auth_methods = {"client_secret_basic"};
  found.takes_metadata_url_as_client_id = find_bool(document, "client_id_metadata_document_supported").value_or(false);
  found.says_issuer_in_response = find_bool(document, "authorization_response_iss_parameter_supported").value_or(false);
  return found;
}

}  // namespace convoke::mcp
