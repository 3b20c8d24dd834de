#include "mcp/server/input_seal.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "base/random.hpp"
#include "mcp/codec/base64.hpp"

namespace convoke::mcp {

namespace {

std::string digest(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr);
  return base64url({reinterpret_cast<const char*>(bytes.data()), size});
}

/// What a retry must have in common with the first request.
std::string fingerprint(std::string_view method, json::object params) {
  for (const auto* member : {"_meta", "inputResponses", "requestState"}) params.erase(member);
  // Erasing moves members about, and a client may write them in any order.
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : params) sorted.emplace(name, json::serialize(value));
  std::string text(method);
  for (const auto& [name, value] : sorted) text += '\n' + name + '=' + value;
  return digest(text);
}

std::int64_t seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::unexpected<Error> not_ours() { return fail(Errc::invalid_input, "requestState is not what we gave out"); }

}  // namespace

InputSeal::InputSeal() : key_(32, '\0') {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key_.data()), static_cast<int>(key_.size())) != 1) {
    throw std::runtime_error("the system has no random bytes");
  }
}

std::string InputSeal::mac(std::string_view payload) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(payload.data()),
       payload.size(), bytes.data(), &size);
  return base64url({reinterpret_cast<const char*>(bytes.data()), size});
}

std::string InputSeal::seal(const json::object& answers, std::string_view method, const json::object& params,
                            std::chrono::system_clock::time_point expires) const {
  const json::object payload{
      {"answers", answers}, {"for", fingerprint(method, params)}, {"until", seconds(expires)}, {"once", random_id("")}};
  const std::string text = base64url(json::serialize(payload));
  return text + '.' + mac(text);
}

Result<json::object> InputSeal::open(std::string_view state, std::string_view method, const json::object& params,
                                     std::chrono::system_clock::time_point now) const {
  const auto dot = state.find('.');
  if (dot == std::string_view::npos) return not_ours();
  const auto text = state.substr(0, dot);
  const auto given = state.substr(dot + 1);
  const std::string right = mac(text);
  if (given.size() != right.size() || CRYPTO_memcmp(given.data(), right.data(), right.size()) != 0) return not_ours();

  TRY(const std::string payload_text, from_base64url(text));
  TRY(const json::value payload, parse_json(payload_text));
  if (find_string(payload, "for") != fingerprint(method, params)) return not_ours();
  if (find_integer(payload, "until").value_or(0) < seconds(now)) {
    return fail(Errc::invalid_input, "requestState has expired");
  }
  const json::object* answers = find_object(payload, "answers");
  return answers ? *answers : json::object{};
}

}  // namespace convoke::mcp
