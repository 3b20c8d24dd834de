#pragma once
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "mcp/auth/oauth_client.hpp"
#include "mcp/auth/signing_key.hpp"

/// Ways to a token without a person at a browser (MCP extensions for authorization).
namespace convoke::mcp {

/// The form that gets a token for `resource` at `server`'s token endpoint.
using UnattendedGrant =
    std::function<Task<Result<Form>>(AuthorizationServer server, OAuthRegistration client, std::string resource)>;

/// The client acts for itself and proves who it is with its secret.
UnattendedGrant client_credentials();
/// The same, proved with a signed assertion (RFC 7523); the registration's method is then "private_key_jwt".
UnattendedGrant client_credentials(std::shared_ptr<const SigningKey> key, const Clock& clock);

/// Where a statement comes from, asked each time it is needed: platforms replace theirs every few minutes.
using SecretSource = std::function<Result<Secret>()>;
SecretSource known_secret(Secret secret);
/// The file's text without blanks around it; `not_found` when there is none.
SecretSource secret_in_file(std::string path);

/// A platform's statement of who this workload is, traded for a token.
UnattendedGrant workload_identity(SecretSource statement);

/// A company's identity provider, at which the person has signed in already, vouches for them.
struct IdentityProvider {
  std::string token_endpoint;
  std::string client_id;
  SecretSource id_token;
};
/// `http` must outlive the grant.
UnattendedGrant enterprise_managed(net::HttpClient& http, IdentityProvider provider);

}  // namespace convoke::mcp
