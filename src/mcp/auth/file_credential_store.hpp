#pragma once
#include <string>

#include "base/log.hpp"
#include "mcp/auth/credential_store.hpp"
#include "mcp/auth/sealed_file.hpp"

namespace convoke::mcp {

/// Remembers in one encrypted file that only its owner can read. Every change is written at once, as a whole: a crash
/// leaves the old file or the new one. What another process writes is seen. What cannot be written is logged and
/// remembered until the process ends.
class FileCredentialStore final : public CredentialStore {
 public:
  /// `key` is any text to encrypt with; empty: the key in `path` + ".key", which is made when it is first needed.
  FileCredentialStore(std::string path, Secret key, Log log);

  std::optional<OAuthRegistration> registration(const std::string& issuer) const override;
  void keep(const OAuthRegistration& registration) override;
  std::optional<OAuthTokens> tokens(const std::string& issuer, const std::string& resource) const override;
  void keep(const std::string& issuer, const std::string& resource, const OAuthTokens& tokens) override;
  void forget_tokens(const std::string& issuer, const std::string& resource) override;

  /// Forgets every token for the server at `url`, whoever gave it. False if there was none.
  bool forget_server(std::string_view url);

 private:
  void read() const;
  void write() const;

  std::string path_;
  Secret key_;
  Log log_;
  /// Tells a file that was replaced from the one before.
  struct Version {
    std::uint64_t inode = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::int64_t size = -1;
    bool operator==(const Version&) const = default;
  };
  // What the file held when it was last read.
  mutable Version version_;
  mutable std::string text_;
  mutable json::object registrations_;  ///< by issuer
  mutable json::object tokens_;         ///< by issuer, then by resource
};

}  // namespace convoke::mcp
