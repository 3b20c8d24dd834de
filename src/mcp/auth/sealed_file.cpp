#include "mcp/auth/sealed_file.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "mcp/codec/base64.hpp"

namespace convoke::mcp {

namespace {

constexpr std::string_view mark = "convoke-sealed-1 ";
constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string random_bytes(std::size_t count) {
  std::string made(count, '\0');
  if (RAND_bytes(bytes(made), static_cast<int>(count)) != 1) throw std::runtime_error("there is no randomness");
  return made;
}

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL does not encrypt");
}

/// Writes all of `text` into a file that must not be there yet if `fresh`.
bool write_private(const std::string& path, std::string_view text, bool fresh) {
  const int mode = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_EXCL : O_TRUNC);
  const int file = ::open(path.c_str(), mode, 0600);
  if (file < 0) return false;
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool safe = text.empty() && ::fsync(file) == 0;
  return ::close(file) == 0 && safe;
}

Result<StorageKey> key_in(const std::string& file) {
  std::string text = contents_of(file);
  while (text.ends_with('\n')) text.pop_back();
  auto key = from_base64(text);
  if (!key || key->size() != key_bytes) return fail(Errc::invalid_input, "'" + file + "' holds no key");
  return StorageKey(*std::move(key));
}

}  // namespace

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

bool replace_private(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  return write_private(temporary, text, false) && std::rename(temporary.c_str(), path.c_str()) == 0;
}

Result<StorageKey> storage_key(const Secret& given, const std::string& file) {
  if (!given.empty()) {
    std::string key(key_bytes, '\0');
    EVP_Digest(given.reveal().data(), given.reveal().size(), bytes(key), nullptr, EVP_sha256(), nullptr);
    return StorageKey(std::move(key));
  }
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) {
    if (!write_private(file, base64(random_bytes(key_bytes)) + "\n", true)) {
      return fail(Errc::unavailable, "the key file '" + file + "' cannot be made");
    }
  } else if ((found.st_mode & 077U) != 0) {
    return fail(Errc::denied, "others may read the key file '" + file + "'; see to it that only you can: chmod 600");
  }
  return key_in(file);
}

std::string sealed(const StorageKey& key, std::string_view plain) {
  const std::string nonce = random_bytes(nonce_bytes);
  std::string cipher(plain.size(), '\0');
  std::string tag(tag_bytes, '\0');
  int size = 0;
  const CipherContext context(EVP_CIPHER_CTX_new());
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(std::string_view(key.reveal())),
                             bytes(std::string_view(nonce))) == 1);
  require(EVP_EncryptUpdate(context.get(), bytes(cipher), &size, bytes(plain), static_cast<int>(plain.size())) == 1);
  require(EVP_EncryptFinal_ex(context.get(), bytes(tag), &size) == 1);  // GCM adds nothing here
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, tag.data()) == 1);
  return std::string(mark) + base64(nonce + tag + cipher) + "\n";
}

Result<std::string> unsealed(const StorageKey& key, std::string_view text) {
  const auto refuse = [] { return fail(Errc::invalid_input, "it was changed, or written with another key"); };
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (!text.starts_with(mark)) return refuse();
  auto packed = from_base64(text.substr(mark.size()));
  if (!packed || packed->size() < nonce_bytes + tag_bytes) return refuse();
  const std::string_view all = *packed;
  std::string tag(all.substr(nonce_bytes, tag_bytes));
  const std::string_view cipher = all.substr(nonce_bytes + tag_bytes);
  std::string plain(cipher.size(), '\0');
  std::array<unsigned char, tag_bytes> rest{};
  int size = 0;
  const CipherContext context(EVP_CIPHER_CTX_new());
  require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(std::string_view(key.reveal())),
                             bytes(all)) == 1);
  require(EVP_DecryptUpdate(context.get(), bytes(plain), &size, bytes(cipher), static_cast<int>(cipher.size())) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), rest.data(), &size) != 1) return refuse();
  return plain;
}

}  // namespace convoke::mcp
