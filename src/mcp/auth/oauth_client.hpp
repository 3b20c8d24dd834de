#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "mcp/auth/dpop.hpp"
#include "mcp/auth/oauth_forms.hpp"
#include "mcp/auth/oauth_metadata.hpp"
#include "net/network_kind.hpp"

namespace convoke::net {
class HttpClient;
struct HttpResponse;
}  // namespace convoke::net

namespace convoke::mcp {

/// How an authorization server knows us. Belongs to that issuer alone.
struct OAuthRegistration {
  std::string issuer;
  std::string client_id;
  Secret client_secret{};      ///< empty: a public client
  std::string auth_method{};   ///< "none", "client_secret_basic", "client_secret_post"; empty: by the server's metadata
  std::string redirect_uri{};  ///< the only one it is good for; empty: any
};

/// The right to use one resource, for a time.
struct OAuthTokens {
  Secret access_token;
  std::string type = "Bearer";
  Secret refresh_token{};
  std::optional<WallTime> expires_at{};
};

/// The conversations a client has with OAuth servers, one function each. Documents are limited to 1 MiB and answers to
/// 15 s; no redirect is followed; only https, and http within this machine, is spoken; no request leaves `reach`.
class OAuthClient {
 public:
  OAuthClient(net::HttpClient& http, const Clock& clock) : http_(http), clock_(clock) {}

  /// From now on. At first the Internet only: the URLs come from the servers themselves.
  void limit_to(net::Reach reach) { reach_ = reach; }

  /// `denied` when no usable document is found.
  Task<Result<ProtectedResource>> protected_resource(std::string server_url, std::string named_in_challenge);
  Task<Result<AuthorizationServer>> authorization_server(std::string issuer);

  /// Registers us (RFC 7591) with these members besides the usual ones.
  Task<Result<OAuthRegistration>> register_client(AuthorizationServer server, json::object metadata);

  /// One grant at the token endpoint, with a proof of our key from `prover` unless that is null. `denied` for an OAuth
  /// error, named in the message.
  Task<Result<OAuthTokens>> token(AuthorizationServer server, OAuthRegistration client, Form grant, DpopProver* prover);

 private:
  Task<Result<std::optional<json::value>>> document_at(std::string url);
  Task<Result<net::HttpResponse>> post(std::string url, std::string body, jsonrpc::Headers headers);

  net::HttpClient& http_;
  const Clock& clock_;
  net::Reach reach_{.private_networks = false, .link_local = false, .loopback = false};
};

/// The method by which `client` proves itself at `server`'s token endpoint.
std::string token_auth_method(const AuthorizationServer& server, const OAuthRegistration& client);

}  // namespace convoke::mcp
