#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "mcp/auth/oauth_client.hpp"

namespace convoke::mcp {

/// Remembers what authorization servers gave us: registrations by issuer, tokens by issuer and resource. Nothing
/// crosses from one issuer to another.
class CredentialStore {
 public:
  virtual ~CredentialStore() = default;
  virtual std::optional<OAuthRegistration> registration(const std::string& issuer) const = 0;
  virtual void keep(const OAuthRegistration& registration) = 0;
  virtual std::optional<OAuthTokens> tokens(const std::string& issuer, const std::string& resource) const = 0;
  virtual void keep(const std::string& issuer, const std::string& resource, const OAuthTokens& tokens) = 0;
  virtual void forget_tokens(const std::string& issuer, const std::string& resource) = 0;
};

/// Remembers until the process ends.
class MemoryCredentialStore final : public CredentialStore {
 public:
  std::optional<OAuthRegistration> registration(const std::string& issuer) const override;
  void keep(const OAuthRegistration& registration) override;
  std::optional<OAuthTokens> tokens(const std::string& issuer, const std::string& resource) const override;
  void keep(const std::string& issuer, const std::string& resource, const OAuthTokens& tokens) override;
  void forget_tokens(const std::string& issuer, const std::string& resource) override;

 private:
  std::map<std::string, OAuthRegistration> registrations_;
  std::map<std::pair<std::string, std::string>, OAuthTokens> tokens_;
};

}  // namespace convoke::mcp
