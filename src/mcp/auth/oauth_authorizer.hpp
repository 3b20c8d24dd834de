#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/signal.hpp"
#include "mcp/auth/authorizer.hpp"
#include "mcp/auth/challenge.hpp"
#include "mcp/auth/credential_store.hpp"
#include "mcp/auth/dpop.hpp"
#include "mcp/auth/oauth_client.hpp"
#include "mcp/auth/unattended_grants.hpp"

namespace convoke::mcp {

/// Sends the person to a page where they allow or refuse, and learns where that page sent them back to.
class Browser {
 public:
  virtual ~Browser() = default;
  /// Where the person is to be sent back to. Ready to be used from now on.
  virtual Task<Result<std::string>> redirect_uri() = 0;
  /// The URL the person came back with. `denied` when they did not; `timed_out` when they took too long.
  virtual Task<Result<std::string>> visit(std::string authorization_url) = 0;
};

struct OAuthOptions {
  std::string client_name = "Convoke";
  /// An https URL with our metadata document, which some servers take as client id; empty: there is none.
  std::string client_metadata_url{};
  /// A client that was registered by hand. Used only with its own issuer (empty: with whatever issuer there is).
  std::optional<OAuthRegistration> registered{};
  /// Scopes to ask for besides those the server names.
  std::vector<std::string> scopes{};
  /// A way to a token without a person; empty: a person is asked.
  UnattendedGrant grant{};
  /// Follow the URLs a server names into private networks even if it is not there itself. Without it, a server on the
  /// Internet can make us talk to the Internet only, one in a private network to others in such, and one on this
  /// machine to both (SSRF).
  bool allow_private_networks = false;
};

/// The authorization flow of MCP: from a server's refusal to a token, and again when scopes, tokens or issuers change.
/// One flow at a time; other requests that were refused meanwhile wait for it and use what it got. `http`, `browser`,
/// `store` and `clock` must outlive it. Used from one loop only.
class OAuthAuthorizer final : public Authorizer {
 public:
  OAuthAuthorizer(Executor executor, std::string server_url, OAuthOptions options, net::HttpClient& http,
                  Browser& browser, CredentialStore& store, const Clock& clock, Log log);

  Task<Result<jsonrpc::Headers>> credentials(std::string http_method) override;
  Task<Result<void>> answer_refusal(Refusal refusal, jsonrpc::Headers used) override;

 private:
  Task<Result<void>> one_flow_at_a_time(std::function<Task<Result<void>>()> flow);
  Task<Result<void>> renew(Challenge challenge);
  Task<Result<void>> step_up(Challenge challenge);
  Task<Result<void>> discover(Challenge challenge);
  Task<Result<void>> authorize(std::vector<std::string> scopes);
  Task<Result<Form>> ask_person(const std::vector<std::string>& scopes);
  Result<std::optional<OAuthRegistration>> known_registration() const;
  Task<Result<OAuthRegistration>> registration(std::string redirect_uri);
  bool adopt_newer_tokens();
  void drop_forgotten_tokens();
  Task<Result<void>> refresh();
  void keep(OAuthTokens tokens);
  std::vector<std::string> first_scopes(const Challenge& challenge) const;
  DpopProver* prover() { return prover_ ? &*prover_ : nullptr; }
  bool is_stale(const jsonrpc::Headers& used) const;

  std::string server_url_;
  OAuthOptions options_;
  OAuthClient client_;
  Browser& browser_;
  CredentialStore& store_;
  const Clock& clock_;
  Log log_;
  std::optional<DpopProver> prover_;  ///< once the server asked for proofs
  std::optional<ProtectedResource> resource_;
  std::optional<AuthorizationServer> server_;
  std::optional<OAuthRegistration> registration_;
  std::optional<OAuthTokens> tokens_;  ///< also in the store, unless bound to our key
  std::vector<std::string> requested_scopes_;
  bool flow_runs_ = false;
  Signal flow_ended_;
};

}  // namespace convoke::mcp
