#include "mcp/auth/oauth_forms.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "mcp/codec/base64.hpp"

namespace convoke::mcp {

namespace {

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~").contains(c);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string form_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escaped =
        text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0;
    if (escaped) {
      out += static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
      at += 2;
    } else {
      out += text[at] == '+' ? ' ' : text[at];
    }
  }
  return out;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string encode_form(const Form& form) {
  std::string out;
  for (const auto& [name, value] : form) {
    if (!out.empty()) out += '&';
    out += percent_encoded(name) + '=' + percent_encoded(value);
  }
  return out;
}

std::string with_query(std::string url, const Form& form) {
  url = url.substr(0, url.find('#'));
  return url + (url.contains('?') ? '&' : '?') + encode_form(form);
}

std::map<std::string, std::string> query_of(std::string_view url) {
  std::map<std::string, std::string> parameters;
  const auto question = url.find('?');
  if (question == std::string_view::npos) return parameters;
  auto query = url.substr(question + 1);
  query = query.substr(0, query.find('#'));
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto value = pair.substr(std::min(equals + 1, pair.size()));
    parameters.emplace(form_decoded(pair.substr(0, equals)), form_decoded(value));
  }
  return parameters;
}

std::string random_secret() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) throw std::runtime_error("the system has no random bytes");
  return base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string s256(std::string_view verifier) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  EVP_Digest(verifier.data(), verifier.size(), bytes.data(), &size, EVP_sha256(), nullptr);
  return base64url({reinterpret_cast<const char*>(bytes.data()), size});
}

std::vector<std::string> split_scopes(std::string_view scopes) {
  std::vector<std::string> found;
  while (!scopes.empty()) {
    const auto word = scopes.substr(0, scopes.find(' '));
    scopes.remove_prefix(std::min(word.size() + 1, scopes.size()));
    if (!word.empty()) found = united(std::move(found), {std::string(word)});
  }
  return found;
}

std::string joined(const std::vector<std::string>& scopes) {
  std::string out;
  for (const std::string& scope : scopes) out += out.empty() ? scope : ' ' + scope;
  return out;
}

std::vector<std::string> united(std::vector<std::string> scopes, const std::vector<std::string>& more) {
  for (const std::string& scope : more) {
    if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(scope);
  }
  return scopes;
}

Result<std::string> code_of_response(std::string_view redirected_to, std::string_view state, std::string_view issuer,
                                     bool says_issuer) {
  auto response = query_of(redirected_to);
  if (response["state"] != state) return fail(Errc::denied, "the authorization response has another state");
  const auto said = response.find("iss");
  const bool is_there = said != response.end();
  // Compared as text: a slash more or less is another issuer.
  if (is_there ? said->second != issuer : says_issuer) {
    return fail(Errc::denied, "the authorization response does not come from " + std::string(issuer));
  }
  if (response.contains("error")) {
    return fail(Errc::denied, "authorization was refused: " + response["error"] + " " + response["error_description"]);
  }
  if (response["code"].empty()) return fail(Errc::denied, "the authorization response has no code");
  return response["code"];
}

}  // namespace convoke::mcp
