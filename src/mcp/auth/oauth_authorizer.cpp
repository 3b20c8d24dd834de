#include "mcp/auth/oauth_authorizer.hpp"

#include <boost/algorithm/string/predicate.hpp>

namespace convoke::mcp {

namespace {

/// A token that ends within this time is renewed before it is used.
constexpr auto renewal_margin = std::chrono::seconds(30);

std::string parameter(const Challenge& challenge, const std::string& name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? "" : found->second;
}

std::string wanted_auth_method(const AuthorizationServer& server) {
  for (const std::string_view method : {"none", "client_secret_basic", "client_secret_post"}) {
    if (std::ranges::find(server.token_auth_methods, method) != server.token_auth_methods.end()) {
      return std::string(method);
    }
  }
  return "none";
}

/// True if a person may be sent back to `redirect_uri` (empty: nobody is) with this registration.
bool leads_to(const OAuthRegistration& known, const std::string& redirect_uri) {
  if (redirect_uri.empty() || known.redirect_uri.empty()) return true;
  return known.redirect_uri == redirect_uri;  // many servers compare the port of this machine, too
}

}  // namespace

OAuthAuthorizer::OAuthAuthorizer(Executor executor, std::string server_url, OAuthOptions options, net::HttpClient& http,
                                 Browser& browser, CredentialStore& store, const Clock& clock, Log log)
    : server_url_(std::move(server_url)),
      options_(std::move(options)),
      client_(http, clock),
      browser_(browser),
      store_(store),
      clock_(clock),
      log_(std::move(log)),
      flow_ended_(executor) {
  if (options_.allow_private_networks) client_.limit_to(net::Reach{});
}

Task<Result<jsonrpc::Headers>> OAuthAuthorizer::credentials(std::string http_method) {
  drop_forgotten_tokens();
  const auto ends_soon = [this] {
    return tokens_ && tokens_->expires_at && *tokens_->expires_at - renewal_margin < clock_.wall();
  };
  if (ends_soon() && !tokens_->refresh_token.empty()) {
    const auto renewed = co_await one_flow_at_a_time([&]() -> Task<Result<void>> {
      if (ends_soon()) CO_CHECK(co_await refresh());
      co_return Result<void>{};
    });
    if (!renewed) log_.info("mcp.refresh_failed", {{"reason", renewed.error().message}});
  }
  jsonrpc::Headers headers;
  if (!tokens_) co_return headers;
  const std::string& token = tokens_->access_token.reveal();
  headers.emplace_back("Authorization", tokens_->type + " " + token);
  if (prover_ && tokens_->type == "DPoP") headers.emplace_back("DPoP", prover_->proof(http_method, server_url_, token));
  co_return headers;
}

bool OAuthAuthorizer::is_stale(const jsonrpc::Headers& used) const {
  if (!tokens_) return false;
  const std::string now = tokens_->type + " " + tokens_->access_token.reveal();
  return used.empty() || used.front().second != now;
}

Task<Result<void>> OAuthAuthorizer::answer_refusal(Refusal refusal, jsonrpc::Headers used) {
  auto challenge = oauth_challenge(refusal.headers).value_or(Challenge{});
  if (challenge.scheme == "dpop" && !prover_) prover_.emplace(clock_);
  // A new nonce is all that was missing.
  if (prover_ && prover_->learn_nonce(server_url_, refusal.headers) && !used.empty()) co_return Result<void>{};
  if (!options_.allow_private_networks) client_.limit_to(net::reach_of_peer(refusal.server_address));
  const bool lacks_scope = parameter(challenge, "error") == "insufficient_scope";
  if (refusal.status == 403 && !lacks_scope)
    co_return fail(Errc::denied, "the server refuses this for good (HTTP 403)");
  co_return co_await one_flow_at_a_time([&]() -> Task<Result<void>> {
    // While this waited for its turn, another request may have got what it needs.
    if (is_stale(used)) co_return Result<void>{};
    if (lacks_scope) co_return co_await step_up(std::move(challenge));
    co_return co_await renew(std::move(challenge));
  });
}

Task<Result<void>> OAuthAuthorizer::one_flow_at_a_time(std::function<Task<Result<void>>()> flow) {
  while (flow_runs_) co_await flow_ended_.wait();
  struct Running {
    OAuthAuthorizer& owner;
    explicit Running(OAuthAuthorizer& o) : owner(o) { owner.flow_runs_ = true; }
    ~Running() { owner.flow_runs_ = false, owner.flow_ended_.notify(); }
  } const running{*this};
  co_return co_await flow();
}

/// The token is missing or refused: find out anew who gives tokens, since that may have changed too.
Task<Result<void>> OAuthAuthorizer::renew(Challenge challenge) {
  if (adopt_newer_tokens()) co_return Result<void>{};
  if (tokens_ && !tokens_->refresh_token.empty()) {
    const auto refreshed = co_await refresh();
    if (refreshed) co_return refreshed;
  }
  const bool had_token = tokens_.has_value();
  if (had_token && resource_ && server_) store_.forget_tokens(server_->issuer, resource_->resource);
  tokens_.reset();
  CO_CHECK(co_await discover(challenge));
  if (!had_token) tokens_ = store_.tokens(server_->issuer, resource_->resource);
  if (tokens_) co_return Result<void>{};
  std::vector<std::string> scopes = first_scopes(challenge);
  co_return co_await authorize(united(requested_scopes_, scopes));
}

/// Somebody else, say another process, may have authorized us meanwhile.
bool OAuthAuthorizer::adopt_newer_tokens() {
  if (!tokens_ || !resource_ || !server_) return false;
  auto kept = store_.tokens(server_->issuer, resource_->resource);
  if (!kept || kept->access_token.reveal() == tokens_->access_token.reveal()) return false;
  tokens_ = std::move(kept);
  return true;
}

/// A person may have taken back, in another process, what they allowed.
void OAuthAuthorizer::drop_forgotten_tokens() {
  if (!tokens_ || tokens_->type == "DPoP" || !server_ || !resource_) return;
  if (!store_.tokens(server_->issuer, resource_->resource)) tokens_.reset();
}

Task<Result<void>> OAuthAuthorizer::step_up(Challenge challenge) {
  if (!server_) CO_CHECK(co_await discover(challenge));
  auto scopes = united(requested_scopes_, split_scopes(parameter(challenge, "scope")));
  if (tokens_ && scopes.size() == requested_scopes_.size()) {
    co_return fail(Errc::denied, "the server wants scopes that were asked for and did not help: " + joined(scopes));
  }
  co_return co_await authorize(std::move(scopes));
}

Task<Result<void>> OAuthAuthorizer::discover(Challenge challenge) {
  CO_TRY(resource_, co_await client_.protected_resource(server_url_, parameter(challenge, "resource_metadata")));
  const auto& issuers = resource_->authorization_servers;
  std::string issuer = issuers.front();
  if (server_ && std::ranges::find(issuers, server_->issuer) != issuers.end()) issuer = server_->issuer;
  if (server_ && server_->issuer != issuer) {
    // What one issuer gave us is nobody else's business.
    registration_.reset();
    requested_scopes_.clear();
  }
  server_.reset();
  CO_TRY(server_, co_await client_.authorization_server(issuer));
  co_return Result<void>{};
}

std::vector<std::string> OAuthAuthorizer::first_scopes(const Challenge& challenge) const {
  const std::string challenged = parameter(challenge, "scope");
  auto scopes = challenged.empty() ? resource_->scopes_supported : split_scopes(challenged);
  scopes = united(std::move(scopes), options_.scopes);
  const auto& offered = server_->scopes_supported;
  const bool can_refresh = std::ranges::find(offered, "offline_access") != offered.end();
  return can_refresh ? united(std::move(scopes), {"offline_access"}) : scopes;
}

Task<Result<void>> OAuthAuthorizer::authorize(std::vector<std::string> scopes) {
  log_.info("mcp.authorizing", {{"issuer", server_->issuer}, {"scopes", joined(scopes)}});
  Form form;
  if (options_.grant) {
    CO_TRY(registration_, co_await registration(""));
    CO_TRY(form, co_await options_.grant(*server_, *registration_, resource_->resource));
    if (!scopes.empty()) form.emplace_back("scope", joined(scopes));
  } else {
    CO_TRY(form, co_await ask_person(scopes));
  }
  requested_scopes_ = std::move(scopes);
  CO_TRY(auto tokens, co_await client_.token(*server_, *registration_, std::move(form), prover()));
  keep(std::move(tokens));
  co_return Result<void>{};
}

Task<Result<Form>> OAuthAuthorizer::ask_person(const std::vector<std::string>& scopes) {
  if (server_->authorization_endpoint.empty()) co_return fail(Errc::denied, server_->issuer + " has no page to ask at");
  if (!server_->has_s256) co_return fail(Errc::denied, server_->issuer + " does not offer PKCE with S256");
  CO_TRY(const std::string redirect_uri, co_await browser_.redirect_uri());
  CO_TRY(registration_, co_await registration(redirect_uri));
  const std::string verifier = random_secret();
  const std::string state = random_secret();
  Form query{{"response_type", "code"},         {"client_id", registration_->client_id},
             {"redirect_uri", redirect_uri},    {"code_challenge", s256(verifier)},
             {"code_challenge_method", "S256"}, {"state", state},
             {"resource", resource_->resource}};
  if (!scopes.empty()) query.emplace_back("scope", joined(scopes));

  CO_TRY(const std::string came_back, co_await browser_.visit(with_query(server_->authorization_endpoint, query)));
  CO_TRY(std::string code, code_of_response(came_back, state, server_->issuer, server_->says_issuer_in_response));
  Form form{{"grant_type", "authorization_code"},
            {"code", std::move(code)},
            {"redirect_uri", redirect_uri},
            {"code_verifier", verifier},
            {"resource", resource_->resource}};
  co_return form;
}

/// In the order of the specification: registered by hand, our metadata document, registered before.
Result<std::optional<OAuthRegistration>> OAuthAuthorizer::known_registration() const {
  if (const auto& given = options_.registered) {
    if (given->issuer.empty() || given->issuer == server_->issuer) return *given;
    return fail(Errc::denied,
                "the configured client belongs to " + given->issuer + ", but the server now wants " + server_->issuer);
  }
  if (server_->takes_metadata_url_as_client_id && !options_.client_metadata_url.empty()) {
    return OAuthRegistration{server_->issuer, options_.client_metadata_url, {}, "none"};
  }
  return registration_ ? registration_ : store_.registration(server_->issuer);
}

Task<Result<OAuthRegistration>> OAuthAuthorizer::registration(std::string redirect_uri) {
  CO_TRY(const auto known, known_registration());
  if (known && leads_to(*known, redirect_uri)) co_return *known;
  if (server_->registration_endpoint.empty()) {
    co_return fail(Errc::denied, server_->issuer + " wants a client that was registered by hand");
  }
  json::object metadata{{"client_name", options_.client_name},
                        {"redirect_uris", json::array{json::string(redirect_uri)}},
                        {"grant_types", json::array{"authorization_code", "refresh_token"}},
                        {"response_types", json::array{"code"}},
                        {"token_endpoint_auth_method", wanted_auth_method(*server_)},
                        {"application_type", "native"}};
  CO_TRY(auto registered, co_await client_.register_client(*server_, std::move(metadata)));
  registered.redirect_uri = redirect_uri;
  store_.keep(registered);
  co_return registered;
}

Task<Result<void>> OAuthAuthorizer::refresh() {
  if (!server_ || !resource_) co_return fail(Errc::denied, "nothing is known of who gave the token");
  CO_TRY(registration_, known_registration());
  if (!registration_) co_return fail(Errc::denied, server_->issuer + " does not know us any more");
  Form grant{{"grant_type", "refresh_token"},
             {"refresh_token", tokens_->refresh_token.reveal()},
             {"resource", resource_->resource}};
  CO_TRY(auto tokens, co_await client_.token(*server_, *registration_, std::move(grant), prover()));
  if (tokens.refresh_token.empty()) tokens.refresh_token = tokens_->refresh_token;
  keep(std::move(tokens));
  co_return Result<void>{};
}

void OAuthAuthorizer::keep(OAuthTokens tokens) {
  // A token bound to our key is worth nothing to the next process, which has another.
  if (tokens.type != "DPoP") store_.keep(server_->issuer, resource_->resource, tokens);
  tokens_ = std::move(tokens);
}

}  // namespace convoke::mcp
