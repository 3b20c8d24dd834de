#include "mcp/auth/file_credential_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace convoke::mcp {

namespace {

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

/// True once all of `text` is safely in a file that nobody else can read.
bool write_private(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
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

std::int64_t milliseconds(WallTime time) { return time.time_since_epoch().count(); }

json::object& object_at(json::object& owner, const std::string& key) {
  json::value& member = owner[key];
  if (!member.is_object()) member.emplace_object();
  return member.as_object();
}

}  // namespace

FileCredentialStore::FileCredentialStore(std::string path, Log log) : path_(std::move(path)), log_(std::move(log)) {
  const auto document = parse_json(contents_of(path_));
  if (!document) return;
  if (const json::object* registrations = find_object(*document, "registrations")) registrations_ = *registrations;
  if (const json::object* tokens = find_object(*document, "tokens")) tokens_ = *tokens;
}

std::optional<OAuthRegistration> FileCredentialStore::registration(const std::string& issuer) const {
  const json::object* kept = find_object(registrations_, issuer);
  if (!kept) return std::nullopt;
  return OAuthRegistration{issuer, string_or_empty(*kept, "client_id"), Secret(string_or_empty(*kept, "client_secret")),
                           string_or_empty(*kept, "auth_method")};
}

void FileCredentialStore::keep(const OAuthRegistration& registration) {
  registrations_[registration.issuer] = json::object{{"client_id", registration.client_id},
                                                     {"client_secret", registration.client_secret.reveal()},
                                                     {"auth_method", registration.auth_method}};
  write();
}

std::optional<OAuthTokens> FileCredentialStore::tokens(const std::string& issuer, const std::string& resource) const {
  const json::object* of_issuer = find_object(tokens_, issuer);
  const json::object* kept = of_issuer ? find_object(*of_issuer, resource) : nullptr;
  if (!kept) return std::nullopt;
  OAuthTokens tokens{Secret(string_or_empty(*kept, "access_token")), string_or_empty(*kept, "type"),
                     Secret(string_or_empty(*kept, "refresh_token"))};
  if (const auto expires = find_integer(*kept, "expires_at_ms")) {
    tokens.expires_at = WallTime(std::chrono::milliseconds(*expires));
  }
  return tokens;
}

void FileCredentialStore::keep(const std::string& issuer, const std::string& resource, const OAuthTokens& tokens) {
  json::object kept{{"access_token", tokens.access_token.reveal()},
                    {"type", tokens.type},
                    {"refresh_token", tokens.refresh_token.reveal()}};
  if (tokens.expires_at) kept["expires_at_ms"] = milliseconds(*tokens.expires_at);
  object_at(tokens_, issuer)[resource] = std::move(kept);
  write();
}

void FileCredentialStore::forget_tokens(const std::string& issuer, const std::string& resource) {
  object_at(tokens_, issuer).erase(resource);
  write();
}

void FileCredentialStore::write() const {
  const json::object document{{"registrations", registrations_}, {"tokens", tokens_}};
  const std::string temporary = path_ + ".new";
  const bool written =
      write_private(temporary, json::serialize(document)) && std::rename(temporary.c_str(), path_.c_str()) == 0;
  if (!written) log_.error("mcp.credentials_not_saved", {{"path", path_}});
}

}  // namespace convoke::mcp
