#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "mcp/auth/signing_key.hpp"
#include "mcp/jsonrpc.hpp"

namespace convoke::mcp {

/// Proves with every request that whoever holds a token also holds the key it is bound to (RFC 9449). The key lives as
/// long as the object.
class DpopProver {
 public:
  explicit DpopProver(const Clock& clock) : clock_(clock) {}

  /// The value of the DPoP header for one request. `access_token` is empty at the token endpoint.
  std::string proof(std::string_view method, std::string_view url, std::string_view access_token);

  /// Remembers the nonce a server wants, if the headers carry one. True if it is a new one.
  bool learn_nonce(std::string_view url, const jsonrpc::Headers& headers);

 private:
  const Clock& clock_;
  SigningKey key_ = SigningKey::generate();
  std::map<std::string, std::string> nonces_;  ///< by origin
};

}  // namespace convoke::mcp
