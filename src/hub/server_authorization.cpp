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

Result<mcp::OAuthOptions> options_for(const OAuthSettings& settings, const Clock& clock) {
  mcp::OAuthOptions options{.client_metadata_url = settings.client_metadata_url, .scopes = settings.scopes};
  if (!settings.client_id.empty()) {
    options.registered = {.issuer = settings.issuer,
                          .client_id = settings.client_id,
                          .client_secret = settings.client_secret,
                          .auth_method = settings.auth_method};
  }
  if (!settings.private_key.empty()) {
    TRY(auto key, mcp::SigningKey::from_pem(settings.private_key, settings.algorithm));
    options.registered->auth_method = "private_key_jwt";
    options.grant = mcp::client_credentials(std::make_shared<const mcp::SigningKey>(std::move(key)), clock);
  } else if (settings.is_unattended) {
    options.grant = mcp::client_credentials();
  }
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
  TRY(auto options, options_for(server.authorization, parts.clock));
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
