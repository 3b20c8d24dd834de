#pragma once
#include <string>

#include "base/log.hpp"
#include "mcp/auth/credential_store.hpp"

namespace convoke::mcp {

/// Remembers in one JSON file that only its owner can read. Every change is written at once, as a whole: a crash leaves
/// the old file or the new one. What cannot be written is logged and remembered until the process ends.
class FileCredentialStore final : public CredentialStore {
 public:
  /// Reads what is there; a missing or unreadable file counts as empty.
  FileCredentialStore(std::string path, Log log);

  std::optional<OAuthRegistration> registration(const std::string& issuer) const override;
  void keep(const OAuthRegistration& registration) override;
  std::optional<OAuthTokens> tokens(const std::string& issuer, const std::string& resource) const override;
  void keep(const std::string& issuer, const std::string& resource, const OAuthTokens& tokens) override;
  void forget_tokens(const std::string& issuer, const std::string& resource) override;

 private:
  void write() const;

  std::string path_;
  Log log_;
  json::object registrations_;  ///< by issuer
  json::object tokens_;         ///< by issuer, then by resource
};

}  // namespace convoke::mcp
