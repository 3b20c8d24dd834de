#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

/// What OAuth servers say of themselves, and where (MCP authorization; RFC 9728, RFC 8414). Pure.
namespace convoke::mcp {

/// The MCP server as a protected resource.
struct ProtectedResource {
  std::string resource;  ///< byte for byte as published: this is what goes into every `resource` parameter
  std::vector<std::string> authorization_servers{};  ///< issuers, at least one
  std::vector<std::string> scopes_supported{};
};

struct AuthorizationServer {
  std::string issuer;
  std::string authorization_endpoint{};
  std::string token_endpoint{};
  std::string registration_endpoint{};  ///< empty: clients cannot register themselves
  std::vector<std::string> scopes_supported{};
  std::vector<std::string> token_auth_methods{};  ///< never empty
  bool has_s256 = false;                          ///< without it, no person is sent there
  bool takes_metadata_url_as_client_id = false;
  bool says_issuer_in_response = false;
};

/// Where the resource's metadata may be, in the order to try. `named` is the URL of the challenge, if it named one.
std::vector<std::string> protected_resource_urls(std::string_view server_url, const std::string& named);
/// Where the issuer's metadata may be, in the order to try.
std::vector<std::string> authorization_server_urls(std::string_view issuer);

/// `denied` when the document is for another resource than `server_url`: someone may be after our token.
Result<ProtectedResource> protected_resource_from(const json::value& document, std::string_view server_url);

/// `denied` when the document is another issuer's, or names an endpoint that is not safe to talk to.
Result<AuthorizationServer> authorization_server_from(const json::value& document, const std::string& issuer);

/// Scheme, host and port as `url` writes them; everything before its path.
std::string_view origin_of(std::string_view url);
/// True for https, and for http that does not leave this machine.
bool is_safe_url(std::string_view url);

}  // namespace convoke::mcp
