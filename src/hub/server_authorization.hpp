#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "hub/servers_config.hpp"
#include "mcp/auth/oauth_authorizer.hpp"

namespace convoke {

/// What it takes to be authorized at servers. All of it outlives whoever uses it, and belongs to one loop.
struct AuthorizationParts {
  net::HttpClient& http;
  mcp::CredentialStore& store;
  const Clock& clock;
};

/// Nobody sits there: a server that wants a person's consent is refused, and the person is told by other means.
class NobodyAtBrowser final : public mcp::Browser {
 public:
  Task<Result<std::string>> redirect_uri() override;
  Task<Result<std::string>> visit(std::string authorization_url) override;
};

/// Gets and keeps the right to use `server`; null where that is said by `headers`, switched off, or not needed since it
/// is a child process. `browser` outlives it. `invalid_input` for a private key that is none.
Result<std::unique_ptr<mcp::Authorizer>> make_authorizer(Executor executor, const ServerEntry& server,
                                                         const AuthorizationParts& parts, mcp::Browser& browser,
                                                         const Log& log);

/// Connects to the server once, for the person at `browser` to consent if that is wanted. Success means that its
/// credentials are in the store, or that it wants none. Takes as long as the browser is patient.
Task<Result<void>> authorize_at(ServerEntry server, AuthorizationParts parts, mcp::Browser& browser, Log log);

}  // namespace convoke
