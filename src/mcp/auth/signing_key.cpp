#include "mcp/auth/signing_key.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "mcp/codec/base64.hpp"

namespace convoke::mcp {

namespace {

using Bytes = std::vector<unsigned char>;

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* held) const {
    release(held);
  }
};

std::string base64url_of(const unsigned char* bytes, std::size_t size) {
  return base64url({reinterpret_cast<const char*>(bytes), size});
}

/// OpenSSL writes r and s as DER; JOSE wants 32 bytes of each.
std::string raw_signature(const Bytes& der) {
  const unsigned char* at = der.data();
  const std::unique_ptr<ECDSA_SIG, Releaser<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::array<unsigned char, 64> raw{};
  const bool converted = signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), 32) == 32 &&
                         BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + 32, 32) == 32;
  if (!converted) throw std::runtime_error("a signature could not be converted");
  return base64url_of(raw.data(), raw.size());
}

}  // namespace

struct SigningKey::Key {
  std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>> pkey;
};

SigningKey::SigningKey(std::unique_ptr<Key> key, std::string algorithm)
    : key_(std::move(key)), algorithm_(std::move(algorithm)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate() {
  auto key = std::make_unique<Key>();
  key->pkey.reset(EVP_EC_gen("P-256"));
  if (!key->pkey) throw std::runtime_error("a key could not be made");
  return SigningKey(std::move(key), "ES256");
}

Result<SigningKey> SigningKey::from_pem(const Secret& pem, std::string_view algorithm) {
  const std::string& text = pem.reveal();
  const std::unique_ptr<BIO, Releaser<BIO_free>> source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  auto key = std::make_unique<Key>();
  key->pkey.reset(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr));
  if (!key->pkey) return fail(Errc::invalid_input, "the private key is not PEM");
  const bool fits =
      (algorithm == "ES256" && EVP_PKEY_is_a(key->pkey.get(), "EC") && EVP_PKEY_get_bits(key->pkey.get()) == 256) ||
      (algorithm == "RS256" && EVP_PKEY_is_a(key->pkey.get(), "RSA"));
  if (!fits) return fail(Errc::invalid_input, "the private key cannot sign with " + std::string(algorithm));
  return SigningKey(std::move(key), std::string(algorithm));
}

std::string SigningKey::sign(json::object header, const json::object& claims) const {
  header["alg"] = algorithm_;
  const std::string signed_part = base64url(json::serialize(header)) + '.' + base64url(json::serialize(claims));
  const auto* input = reinterpret_cast<const unsigned char*>(signed_part.data());
  const std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  Bytes signature;
  bool done = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->pkey.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, input, signed_part.size()) == 1;
  signature.resize(size);
  done = done && EVP_DigestSign(context.get(), signature.data(), &size, input, signed_part.size()) == 1;
  if (!done) throw std::runtime_error("a token could not be signed");
  signature.resize(size);
  return signed_part + '.' +
         (algorithm_ == "ES256" ? raw_signature(signature) : base64url_of(signature.data(), signature.size()));
}

json::object SigningKey::public_jwk() const {
  std::array<unsigned char, 65> point{};  // 0x04, x, y
  std::size_t size = 0;
  const bool read = EVP_PKEY_get_octet_string_param(key_->pkey.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                                    point.size(), &size) == 1;
  if (!read || size != point.size()) throw std::runtime_error("a public key could not be read");
  return {{"kty", "EC"},
          {"crv", "P-256"},
          {"x", base64url_of(point.data() + 1, 32)},
          {"y", base64url_of(point.data() + 33, 32)}};
}

}  // namespace convoke::mcp
