#include "mcp/auth/unattended_grants.hpp"

#include <boost/algorithm/string/trim.hpp>

#include "base/random.hpp"
#include "mcp/auth/sealed_file.hpp"
#include "mcp/transport/http_answer.hpp"
#include "net/http_client.hpp"

namespace convoke::mcp {

namespace {

constexpr auto assertion_lifetime = std::chrono::minutes(5);
constexpr std::chrono::milliseconds patience{15'000};

std::int64_t seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string assertion(const SigningKey& key, const Clock& clock, const std::string& client_id,
                      const std::string& audience) {
  const json::object claims{{"iss", client_id},
                            {"sub", client_id},
                            {"aud", audience},
                            {"iat", seconds(clock.wall())},
                            {"exp", seconds(clock.wall() + assertion_lifetime)},
                            {"jti", random_id("")}};
  return key.sign({{"typ", "JWT"}}, claims);
}

Form bearer_form(std::string statement, std::string resource) {
  return {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
          {"assertion", std::move(statement)},
          {"resource", std::move(resource)}};
}

/// Asks the identity provider for a statement that only this authorization server takes, for this resource.
Task<Result<std::string>> exchange_identity(net::HttpClient& http, IdentityProvider provider, std::string audience,
                                            std::string resource) {
  CO_TRY(const Secret id_token, provider.id_token());
  const Form form{{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                  {"requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"},
                  {"subject_token", id_token.reveal()},
                  {"subject_token_type", "urn:ietf:params:oauth:token-type:id_token"},
                  {"audience", std::move(audience)},
                  {"resource", std::move(resource)},
                  {"client_id", provider.client_id}};
  net::HttpRequest request{.method = "POST", .url = provider.token_endpoint, .body = encode_form(form)};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.timeouts.total = patience;
  CO_TRY(const auto response, co_await http.send(std::move(request)));
  if (!is_success(response.head.status)) co_return fail(Errc::denied, "the identity provider does not vouch for us");
  CO_TRY(const auto answer, parse_json(response.body));
  std::string statement = string_or_empty(answer, "access_token");
  if (statement.empty()) co_return fail(Errc::protocol, "the identity provider's answer has no token");
  co_return statement;
}

}  // namespace

UnattendedGrant client_credentials() {
  return [](AuthorizationServer, OAuthRegistration, std::string resource) -> Task<Result<Form>> {
    co_return Form{{"grant_type", "client_credentials"}, {"resource", std::move(resource)}};
  };
}

UnattendedGrant client_credentials(std::shared_ptr<const SigningKey> key, const Clock& clock) {
  return [key = std::move(key), &clock](AuthorizationServer server, OAuthRegistration client,
                                        std::string resource) -> Task<Result<Form>> {
    co_return Form{{"grant_type", "client_credentials"},
                   {"resource", std::move(resource)},
                   {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                   {"client_assertion", assertion(*key, clock, client.client_id, server.issuer)}};
  };
}

SecretSource known_secret(Secret secret) {
  return [secret = std::move(secret)]() -> Result<Secret> { return secret; };
}

SecretSource secret_in_file(std::string path) {
  return [path = std::move(path)]() -> Result<Secret> {
    std::string text = contents_of(path);
    boost::algorithm::trim(text);
    if (text.empty()) return fail(Errc::not_found, "the file " + path + " cannot be read, or is empty");
    return Secret(std::move(text));
  };
}

UnattendedGrant workload_identity(SecretSource statement) {
  return [statement = std::move(statement)](AuthorizationServer, OAuthRegistration,
                                            std::string resource) -> Task<Result<Form>> {
    CO_TRY(const Secret said, statement());
    co_return bearer_form(said.reveal(), std::move(resource));
  };
}

UnattendedGrant enterprise_managed(net::HttpClient& http, IdentityProvider provider) {
  return [&http, provider = std::move(provider)](AuthorizationServer server, OAuthRegistration,
                                                 std::string resource) -> Task<Result<Form>> {
    CO_TRY(std::string statement, co_await exchange_identity(http, provider, server.issuer, resource));
    co_return bearer_form(std::move(statement), std::move(resource));
  };
}

}  // namespace convoke::mcp
