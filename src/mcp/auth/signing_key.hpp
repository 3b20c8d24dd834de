#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/secret.hpp"

namespace convoke::mcp {

/// A private key that signs JSON Web Tokens (RFC 7519) with ES256 or RS256. Its public half may be shown.
class SigningKey {
 public:
  /// A fresh P-256 key.
  static SigningKey generate();
  /// From a PEM file's text (PKCS#8). `invalid_input` when it is no key, or not one that fits `algorithm`.
  static Result<SigningKey> from_pem(const Secret& pem, std::string_view algorithm);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  const std::string& algorithm() const { return algorithm_; }
  /// The token: header (to which `alg` is added), claims, signature.
  std::string sign(json::object header, const json::object& claims) const;
  /// The public key as a JWK (RFC 7517). ES256 only.
  json::object public_jwk() const;

 private:
  struct Key;
  SigningKey(std::unique_ptr<Key> key, std::string algorithm);
  std::unique_ptr<Key> key_;
  std::string algorithm_;
};

}  // namespace convoke::mcp
