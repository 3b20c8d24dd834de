#include "mcp/auth/oauth_client.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include "mcp/codec/base64.hpp"
#include "mcp/transport/http_answer.hpp"
#include "net/http_client.hpp"

namespace convoke::mcp {

namespace {

constexpr std::size_t max_document_bytes = 1024 * 1024;
constexpr std::chrono::milliseconds patience{15'000};

bool offers(const AuthorizationServer& server, std::string_view method) {
  return std::ranges::find(server.token_auth_methods, method) != server.token_auth_methods.end();
}

/// The OAuth error of a refused request, in its own words.
Error refused(const net::HttpResponse& response, std::string_view what) {
  const auto body = parse_json(response.body);
  std::string message = std::string(what) + ": refused";
  if (body) {
    message += " with " + string_or_empty(*body, "error") + " " + string_or_empty(*body, "error_description");
  } else {
    message += " with HTTP status " + std::to_string(response.head.status);
  }
  return {response.head.status >= 500 ? Errc::unavailable : Errc::denied, std::move(message), std::nullopt};
}

Result<OAuthTokens> tokens_from(const json::value& answer, WallTime now) {
  OAuthTokens tokens{.access_token = Secret(string_or_empty(answer, "access_token"))};
  if (tokens.access_token.empty()) return fail(Errc::protocol, "the token endpoint gave no access token");
  const auto type = string_or_empty(answer, "token_type");
  if (boost::algorithm::iequals(type, "DPoP")) tokens.type = "DPoP";
  if (tokens.type == "Bearer" && !boost::algorithm::iequals(type, "Bearer")) {
    return fail(Errc::protocol, "the token endpoint gave a token of unknown type '" + type + "'");
  }
  tokens.refresh_token = Secret(string_or_empty(answer, "refresh_token"));
  if (const auto seconds = find_integer(answer, "expires_in")) tokens.expires_at = now + std::chrono::seconds(*seconds);
  return tokens;
}

}  // namespace

std::string token_auth_method(const AuthorizationServer& server, const OAuthRegistration& client) {
  if (!client.auth_method.empty()) return client.auth_method;
  if (client.client_secret.empty()) return "none";
  if (offers(server, "client_secret_basic")) return "client_secret_basic";
  return offers(server, "client_secret_post") ? "client_secret_post" : "client_secret_basic";
}

Task<Result<std::optional<json::value>>> OAuthClient::document_at(std::string url) {
  if (!is_safe_url(url)) co_return fail(Errc::denied, "metadata is only read over https");
  net::HttpRequest request{.url = std::move(url), .headers = {{"Accept", "application/json"}}};
  request.timeouts.total = patience;
  request.reach = reach_;
  request.max_body_bytes = max_document_bytes;
  CO_TRY(const auto response, co_await http_.send(std::move(request)));
  if (response.head.status != 200) co_return std::optional<json::value>{};
  auto document = parse_json(response.body);
  if (!document || !document->is_object()) co_return std::optional<json::value>{};
  co_return std::optional<json::value>(*std::move(document));
}

Task<Result<ProtectedResource>> OAuthClient::protected_resource(std::string server_url, std::string named) {
  for (const std::string& url : protected_resource_urls(server_url, named)) {
    CO_TRY(const auto document, co_await document_at(url));
    if (document) co_return protected_resource_from(*document, server_url);
  }
  co_return fail(Errc::denied, "the server asks for authorization but does not say where to get it");
}

Task<Result<AuthorizationServer>> OAuthClient::authorization_server(std::string issuer) {
  for (const std::string& url : authorization_server_urls(issuer)) {
    CO_TRY(const auto document, co_await document_at(url));
    if (document) co_return authorization_server_from(*document, issuer);
  }
  co_return fail(Errc::denied, "the authorization server " + issuer + " publishes no metadata");
}

Task<Result<net::HttpResponse>> OAuthClient::post(std::string url, std::string body, jsonrpc::Headers headers) {
  net::HttpRequest request{
      .method = "POST", .url = std::move(url), .headers = std::move(headers), .body = std::move(body)};
  request.headers.emplace_back("Accept", "application/json");
  request.timeouts.total = patience;
  request.reach = reach_;
  request.max_body_bytes = max_document_bytes;
  co_return co_await http_.send(std::move(request));
}

Task<Result<OAuthRegistration>> OAuthClient::register_client(AuthorizationServer server, json::object metadata) {
  jsonrpc::Headers headers{{"Content-Type", "application/json"}};
  CO_TRY(const auto response,
         co_await post(server.registration_endpoint, json::serialize(metadata), std::move(headers)));
  if (!is_success(response.head.status)) co_return fail(refused(response, "registering at " + server.issuer));
  CO_TRY(const auto answer, parse_json(response.body));
  OAuthRegistration client{.issuer = server.issuer, .client_id = string_or_empty(answer, "client_id")};
  if (client.client_id.empty()) co_return fail(Errc::protocol, server.issuer + " registered us without a client_id");
  client.client_secret = Secret(string_or_empty(answer, "client_secret"));
  client.auth_method = string_or_empty(answer, "token_endpoint_auth_method");
  co_return client;
}

Task<Result<OAuthTokens>> OAuthClient::token(AuthorizationServer server, OAuthRegistration client, Form grant,
                                             DpopProver* prover) {
  const std::string method = token_auth_method(server, client);
  jsonrpc::Headers headers{{"Content-Type", "application/x-www-form-urlencoded"}};
  grant.emplace_back("client_id",
                     client.client_id);  // with "basic" needless, but the Python SDK's servers insist on it
  if (method == "client_secret_basic") {
    const std::string pair = percent_encoded(client.client_id) + ':' + percent_encoded(client.client_secret.reveal());
    headers.emplace_back("Authorization", "Basic " + base64(pair));
  } else if (method == "client_secret_post") {
    grant.emplace_back("client_secret", client.client_secret.reveal());
  }
  for (int attempt = 1;; ++attempt) {
    jsonrpc::Headers proved = headers;
    if (prover) proved.emplace_back("DPoP", prover->proof("POST", server.token_endpoint, ""));
    CO_TRY(const auto response, co_await post(server.token_endpoint, encode_form(grant), std::move(proved)));
    const bool new_nonce = prover && prover->learn_nonce(server.token_endpoint, response.head.headers);
    if (is_success(response.head.status)) {
      CO_TRY(const auto answer, parse_json(response.body));
      co_return tokens_from(answer, clock_.wall());
    }
    if (!new_nonce || attempt > 1) co_return fail(refused(response, "getting a token from " + server.issuer));
  }
}

}  // namespace convoke::mcp
