// What a server says about authorization is read without harm: challenges, URLs, metadata, authorization responses. So
// is what lies encoded: keys, sealed texts.
#include <cstdlib>
#include <string>

#include "mcp/auth/challenge.hpp"
#include "mcp/auth/oauth_forms.hpp"
#include "mcp/auth/oauth_metadata.hpp"
#include "mcp/auth/sealed_file.hpp"
#include "mcp/auth/signing_key.hpp"
#include "mcp/codec/base64.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace convoke;
  using namespace convoke::mcp;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  for (const Challenge& challenge : parse_challenges(text)) split_scopes(challenge.scheme);
  for (const auto& url : protected_resource_urls(text, "")) is_safe_url(url);
  for (const auto& url : authorization_server_urls(text)) query_of(url);
  static_cast<void>(code_of_response(text, "s", "https://as", true));
  if (const auto document = parse_json(text)) {
    static_cast<void>(protected_resource_from(*document, "https://h/mcp"));
    static_cast<void>(authorization_server_from(*document, "https://as"));
  }
  const auto decoded = from_base64(text);
  if (decoded && base64(*decoded) != text) std::abort();
  const auto decoded_url = from_base64url(text);
  if (decoded_url && base64url(*decoded_url) != text) std::abort();
  static_cast<void>(unsealed(StorageKey(std::string(32, 'k')), text));
  static_cast<void>(SigningKey::from_pem(Secret(text), "ES256"));
  return 0;
}
