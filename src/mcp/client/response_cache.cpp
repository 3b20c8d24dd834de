#include "mcp/client/response_cache.hpp"

#include <array>

namespace convoke::mcp {

namespace {

constexpr std::size_t max_bytes = 16 * 1024 * 1024;
constexpr std::int64_t longest_ttl_ms = 24 * 3600 * 1000;

bool may_be_kept(const std::string& method) {
  static constexpr std::array<std::string_view, 5> methods{"tools/list", "prompts/list", "resources/list",
                                                           "resources/templates/list", "resources/read"};
  return std::ranges::find(methods, method) != methods.end();
}

/// A retry that answers a server's questions is about more than its parameters say.
bool is_plain(const json::object& params) {
  return !params.contains("inputResponses") && !params.contains("requestState");
}

/// The method and what else its result depends on.
std::string key_of(const std::string& method, const json::object& params) {
  const json::value* cursor = params.if_contains("cursor");
  const json::value* uri = params.if_contains("uri");
  return method + '\n' + (cursor ? json::serialize(*cursor) : "") + '\n' + (uri ? json::serialize(*uri) : "");
}

/// About what a value takes.
std::size_t size_of(const json::value& value) {
  constexpr std::size_t each = 32;
  if (const json::string* text = value.if_string()) return each + text->size();
  std::size_t bytes = each;
  if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) bytes += size_of(element);
  }
  if (const json::object* object = value.if_object()) {
    for (const auto& [key, member] : *object) bytes += key.size() + size_of(member);
  }
  return bytes;
}

}  // namespace

std::optional<json::object> ResponseCache::find(const std::string& method, const json::object& params) const {
  if (!may_be_kept(method) || !is_plain(params)) return std::nullopt;
  const auto found = by_key_.find(key_of(method, params));
  if (found == by_key_.end() || clock_.now() >= found->second->second.fresh_until) return std::nullopt;
  return found->second->second.result;
}

void ResponseCache::keep(const std::string& method, const json::object& params, const json::object& result) {
  const auto ttl = find_integer(result, "ttlMs").value_or(0);
  if (ttl <= 0 || !may_be_kept(method) || !is_plain(params)) return;
  std::string key = key_of(method, params);
  if (const auto old = by_key_.find(key); old != by_key_.end()) drop(old->second);
  const std::size_t bytes = size_of(result);
  if (bytes > max_bytes) return;
  const auto fresh_until = clock_.now() + std::chrono::milliseconds(std::min(ttl, longest_ttl_ms));
  entries_.emplace_back(key, Entry{method, string_or_empty(params, "uri"), result, fresh_until, bytes});
  by_key_.emplace(std::move(key), std::prev(entries_.end()));
  bytes_ += bytes;
  while (bytes_ > max_bytes) drop(entries_.begin());
}

void ResponseCache::drop(Entries::iterator entry) {
  bytes_ -= entry->second.bytes;
  by_key_.erase(entry->first);
  entries_.erase(entry);
}

void ResponseCache::forget(const std::string& method) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->second.method == method) drop(entry);
    entry = next;
  }
}

void ResponseCache::forget_resource(const std::string& uri) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    const bool concerned = !entry->second.uri.empty() && uri.starts_with(entry->second.uri);
    if (entry->second.method == "resources/read" && concerned) drop(entry);
    entry = next;
  }
}

void ResponseCache::forget_all() {
  entries_.clear();
  by_key_.clear();
  bytes_ = 0;
}

}  // namespace convoke::mcp
