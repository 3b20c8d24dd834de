#include "hub/server_authorization.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include "hub/server_transport.hpp"
#include "mcp/client/client.hpp"

namespace convoke {
namespace {

/// Longer than any browser waits for a person.
constexpr auto patience = std::chrono::minutes(11);

bool is_given_credentials(const ServerEntry& server) {
  return std::ranges::any_of(server.headers,
                             [](const auto& header) { return boost::iequals(header.first, "Authorization"); });
}

mcp::SecretSource source_of(const SecretPlace& place) {
  return place.file.empty() ? mcp::known_secret(place.text) : mcp::secret_in_file(place.file);
}

/// The way to a token without a person; none where one is asked.
Result<mcp::UnattendedGrant> grant_of(const OAuthSettings& settings, const AuthorizationParts& parts) {
  using Grant = OAuthSettings::Grant;
  if (!settings.private_key.empty()) {
    TRY(auto key, mcp::SigningKey::from_pem(settings.private_key, settings.algorithm));
    return mcp::client_credentials(std::make_shared<const mcp::SigningKey>(std::move(key)), parts.clock);
  }
  switch (settings.grant) {
    case Grant::authorization_code: return mcp::UnattendedGrant{};
    case Grant::client_credentials: return mcp::client_credentials();
    case Grant::workload_identity: return mcp::workload_identity(source_of(settings.assertion));
    case Grant::enterprise_managed:
      return mcp::enterprise_managed(
          parts.http, {settings.identity_provider, settings.identity_client_id, source_of(settings.id_token)});
  }
  std::unreachable();
}

Result<mcp::OAuthOptions> options_for(const OAuthSettings& settings, const AuthorizationParts& parts) {
  mcp::OAuthOptions options{.client_metadata_url = settings.client_metadata_url,
                            .scopes = settings.scopes,
                            .allow_private_networks = settings.allow_private_networks};
  if (!settings.client_id.empty()) {
    options.registered = {.issuer = settings.issuer,
                          .client_id = settings.client_id,
                          .client_secret = settings.client_secret,
                          .auth_method = settings.auth_method};
  }
  if (!settings.private_key.empty()) options.registered->auth_method = "private_key_jwt";
  TRY(options.grant, grant_of(settings, parts));
  return options;
}

}  // namespace

Task<Result<std::string>> NobodyAtBrowser::redirect_uri() {
  co_return fail(Errc::denied, "it wants a person's consent: authorize it in the page, or with 'convoke mcp login'");
}

Task<Result<std::string>> NobodyAtBrowser::visit(std::string) { co_return fail(Errc::denied, "nobody is there"); }

Result<std::unique_ptr<mcp::Authorizer>> make_authorizer(Executor executor, const ServerEntry& server,
                                                         const AuthorizationParts& parts, mcp::Browser& browser,
                                                         const Log& log) {
  const bool wants_none = server.transport == ServerTransport::stdio || !server.authorization.enabled;
  if (wants_none || is_given_credentials(server)) return nullptr;
  TRY(auto options, options_for(server.authorization, parts));
  return std::make_unique<mcp::OAuthAuthorizer>(executor, server.url, std::move(options), parts.http, browser,
                                                parts.store, parts.clock, log.with({{"server", server.name}}));
}

Task<Result<void>> authorize_at(ServerEntry server, AuthorizationParts parts, mcp::Browser& browser, Log log) {
  const Executor executor = co_await asio::this_coro::executor;
  CO_TRY(const auto authorizer, make_authorizer(executor, server, parts, browser, log));
  CO_TRY(auto transport, http_server_transport(executor, parts.http, server, authorizer.get(), log));
  mcp::ClientOptions options{.era = server.era, .legacy_revision = server.legacy_revision};
  options.connect_timeout = patience;
  mcp::Client client(executor, std::move(transport), std::move(options), log);
  const auto connected = [&]() -> Task<Result<void>> { co_return co_await client.ping(); };
  co_return co_await client.run(connected);
}

}  // namespace convoke
