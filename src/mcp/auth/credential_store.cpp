#include "mcp/auth/credential_store.hpp"

namespace convoke::mcp {

std::optional<OAuthRegistration> MemoryCredentialStore::registration(const std::string& issuer) const {
  const auto found = registrations_.find(issuer);
  if (found == registrations_.end()) return std::nullopt;
  return found->second;
}

void MemoryCredentialStore::keep(const OAuthRegistration& registration) {
  registrations_.insert_or_assign(registration.issuer, registration);
}

std::optional<OAuthTokens> MemoryCredentialStore::tokens(const std::string& issuer, const std::string& resource) const {
  const auto found = tokens_.find({issuer, resource});
  if (found == tokens_.end()) return std::nullopt;
  return found->second;
}

void MemoryCredentialStore::keep(const std::string& issuer, const std::string& resource, const OAuthTokens& tokens) {
  tokens_.insert_or_assign({issuer, resource}, tokens);
}

void MemoryCredentialStore::forget_tokens(const std::string& issuer, const std::string& resource) {
  tokens_.erase({issuer, resource});
}

}  // namespace convoke::mcp
