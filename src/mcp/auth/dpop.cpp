#include "mcp/auth/dpop.hpp"

#include "base/random.hpp"
#include "mcp/auth/oauth_forms.hpp"
#include "mcp/auth/oauth_metadata.hpp"
#include "net/http_client.hpp"

namespace convoke::mcp {

std::string DpopProver::proof(std::string_view method, std::string_view url, std::string_view access_token) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
  json::object claims{
      {"jti", random_id("")}, {"htm", method}, {"htu", url.substr(0, url.find_first_of("?#"))}, {"iat", now}};
  if (!access_token.empty()) claims["ath"] = s256(access_token);
  const auto nonce = nonces_.find(std::string(origin_of(url)));
  if (nonce != nonces_.end()) claims["nonce"] = nonce->second;
  return key_.sign({{"typ", "dpop+jwt"}, {"jwk", key_.public_jwk()}}, claims);
}

bool DpopProver::learn_nonce(std::string_view url, const jsonrpc::Headers& headers) {
  const auto wanted = net::find_header(headers, "DPoP-Nonce");
  if (!wanted) return false;
  std::string& known = nonces_[std::string(origin_of(url))];
  if (known == *wanted) return false;
  known = *wanted;
  return true;
}

}  // namespace convoke::mcp
