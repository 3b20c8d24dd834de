#include "mcp/auth/file_credential_store.hpp"

#include <sys/stat.h>

namespace convoke::mcp {

namespace {

std::int64_t milliseconds(WallTime time) { return time.time_since_epoch().count(); }

json::object& object_at(json::object& owner, const std::string& key) {
  json::value& member = owner[key];
  if (!member.is_object()) member.emplace_object();
  return member.as_object();
}

json::object object_or_empty(const json::value& document, std::string_view key) {
  const json::object* members = find_object(document, key);
  return members ? *members : json::object{};
}

/// True if a token for `resource` is one for the server at `url`: the same address, or one above it.
bool covers(std::string_view resource, std::string_view url) {
  if (!url.starts_with(resource)) return false;
  return url.size() == resource.size() || resource.ends_with('/') || url[resource.size()] == '/';
}

}  // namespace

FileCredentialStore::FileCredentialStore(std::string path, Secret key, Log log)
    : path_(std::move(path)), key_(std::move(key)), log_(std::move(log)) {}

std::optional<OAuthRegistration> FileCredentialStore::registration(const std::string& issuer) const {
  read();
  const json::object* kept = find_object(registrations_, issuer);
  if (!kept) return std::nullopt;
  return OAuthRegistration{issuer, string_or_empty(*kept, "client_id"), Secret(string_or_empty(*kept, "client_secret")),
                           string_or_empty(*kept, "auth_method"), string_or_empty(*kept, "redirect_uri")};
}

void FileCredentialStore::keep(const OAuthRegistration& registration) {
  read();
  registrations_[registration.issuer] = json::object{{"client_id", registration.client_id},
                                                     {"client_secret", registration.client_secret.reveal()},
                                                     {"auth_method", registration.auth_method},
                                                     {"redirect_uri", registration.redirect_uri}};
  write();
}

std::optional<OAuthTokens> FileCredentialStore::tokens(const std::string& issuer, const std::string& resource) const {
  read();
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
  read();
  json::object kept{{"access_token", tokens.access_token.reveal()},
                    {"type", tokens.type},
                    {"refresh_token", tokens.refresh_token.reveal()}};
  if (tokens.expires_at) kept["expires_at_ms"] = milliseconds(*tokens.expires_at);
  object_at(tokens_, issuer)[resource] = std::move(kept);
  write();
}

void FileCredentialStore::forget_tokens(const std::string& issuer, const std::string& resource) {
  read();
  object_at(tokens_, issuer).erase(resource);
  write();
}

bool FileCredentialStore::forget_server(std::string_view url) {
  read();
  bool found = false;
  for (auto& [issuer, by_resource] : tokens_) {
    std::vector<std::string> covering;
    for (const auto& [resource, tokens] : by_resource.as_object()) {
      if (covers(resource, url)) covering.emplace_back(resource);
    }
    for (const std::string& resource : covering) by_resource.as_object().erase(resource);
    found = found || !covering.empty();
  }
  if (found) write();
  return found;
}

/// What cannot be read counts as empty, and is replaced by the next write.
void FileCredentialStore::read() const {
  struct stat now{};
  if (::stat(path_.c_str(), &now) != 0) return;
  const Version version{now.st_ino, now.st_mtim.tv_sec, now.st_mtim.tv_nsec, now.st_size};
  if (version == version_) return;
  version_ = version;
  std::string text = contents_of(path_);
  if (text.empty() || text == text_) return;
  const auto key = storage_key(key_, path_ + ".key");
  const Result<std::string> plain = key ? unsealed(*key, text) : std::unexpected(key.error());
  const Result<json::value> document = plain ? parse_json(*plain) : std::unexpected(plain.error());
  text_ = std::move(text);
  registrations_ = document ? object_or_empty(*document, "registrations") : json::object{};
  tokens_ = document ? object_or_empty(*document, "tokens") : json::object{};
  if (!document) log_.error("mcp.credentials_unreadable", {{"path", path_}, {"reason", document.error().message}});
}

void FileCredentialStore::write() const {
  const json::object document{{"registrations", registrations_}, {"tokens", tokens_}};
  const auto key = storage_key(key_, path_ + ".key");
  if (!key) return log_.error("mcp.credentials_not_saved", {{"path", path_}, {"reason", key.error().message}});
  std::string text = sealed(*key, json::serialize(document));
  if (!replace_private(path_, text)) return log_.error("mcp.credentials_not_saved", {{"path", path_}});
  text_ = std::move(text);
}

}  // namespace convoke::mcp
