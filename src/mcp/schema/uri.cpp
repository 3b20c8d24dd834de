#include "mcp/schema/uri.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace convoke::mcp::schema {

namespace {

/// scheme ":" ["//" authority] path ["?" query]; each with its punctuation, empty where it is absent.
struct Parts {
  std::string_view scheme, authority, path, query;
};

bool is_scheme_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

Parts parts_of(std::string_view uri) {
  Parts parts;
  const auto colon = uri.find(':');
  const bool has_scheme =
      colon != std::string_view::npos && colon > 0 && std::ranges::all_of(uri.substr(0, colon), is_scheme_character);
  if (has_scheme) {
    parts.scheme = uri.substr(0, colon + 1);
    uri.remove_prefix(colon + 1);
  }
  if (uri.starts_with("//")) {
    const auto end = std::min(uri.find_first_of("/?", 2), uri.size());
    parts.authority = uri.substr(0, end);
    uri.remove_prefix(end);
  }
  const auto question = std::min(uri.find('?'), uri.size());
  parts.path = uri.substr(0, question);
  parts.query = uri.substr(question);
  return parts;
}

std::string without_dots(std::string_view path) {
  std::vector<std::string_view> segments;
  const bool absolute = path.starts_with('/');
  bool ends_open = false;
  for (std::string_view rest = absolute ? path.substr(1) : path;;) {
    const auto slash = rest.find('/');
    const auto segment = rest.substr(0, slash);
    ends_open = segment == "." || segment == "..";
    if (segment == ".." && !segments.empty()) segments.pop_back();
    if (!ends_open) segments.push_back(segment);
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  std::string joined = absolute ? "/" : "";
  for (std::size_t i = 0; i < segments.size(); ++i) joined += (i > 0 ? "/" : "") + std::string(segments[i]);
  if (ends_open && !segments.empty()) joined += '/';
  return joined;
}

std::string merged(const Parts& base, std::string_view path) {
  if (!base.authority.empty() && base.path.empty()) return "/" + std::string(path);
  const auto slash = base.path.rfind('/');
  if (slash == std::string_view::npos) return std::string(path);
  return std::string(base.path.substr(0, slash + 1)) + std::string(path);
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    const bool escaped =
        text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    decoded += escaped ? static_cast<char>(byte) : text[i];
    if (escaped) i += 2;
  }
  return decoded;
}

}  // namespace

Split split_fragment(std::string_view reference) {
  const auto hash = reference.find('#');
  if (hash == std::string_view::npos) return {std::string(reference), ""};
  return {std::string(reference.substr(0, hash)), percent_decoded(reference.substr(hash + 1))};
}

std::string resolve(std::string_view base, std::string_view reference) {
  base = base.substr(0, base.find('#'));
  reference = reference.substr(0, reference.find('#'));
  const Parts from = parts_of(base);
  const Parts to = parts_of(reference);
  const auto joined = [](std::string_view scheme, std::string_view authority, std::string path,
                         std::string_view query) {
    return std::string(scheme) + std::string(authority) + std::move(path) + std::string(query);
  };
  if (!to.scheme.empty()) {
    // An opaque path ("urn:…") has no segments to tidy.
    const bool hierarchical = !to.authority.empty() || to.path.starts_with('/');
    return joined(to.scheme, to.authority, hierarchical ? without_dots(to.path) : std::string(to.path), to.query);
  }
  if (!to.authority.empty()) return joined(from.scheme, to.authority, without_dots(to.path), to.query);
  if (to.path.empty()) {
    return joined(from.scheme, from.authority, std::string(from.path), to.query.empty() ? from.query : to.query);
  }
  std::string path = to.path.starts_with('/') ? std::string(to.path) : merged(from, to.path);
  return joined(from.scheme, from.authority, without_dots(path), to.query);
}

}  // namespace convoke::mcp::schema
