#include "net/request_target.hpp"

#include <charconv>

namespace convoke::net {
namespace {

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    if (text.front() != '%') {
      decoded += text.front();
      text.remove_prefix(1);
      continue;
    }
    unsigned value = 0;
    const char* const digits = text.data() + 1;
    const bool has_two = text.size() >= 3;
    const auto read = std::from_chars(digits, digits + (has_two ? 2 : 0), value, 16);
    if (!has_two || read.ptr != digits + 2) return fail(Errc::invalid_input, "a percent sign without two hex digits");
    if (value == 0) return fail(Errc::invalid_input, "a NUL byte in the path");
    decoded += static_cast<char>(value);
    text.remove_prefix(3);
  }
  return decoded;
}

}  // namespace

Result<RequestTarget> parse_request_target(std::string_view target) {
  if (target.contains('\0')) return fail(Errc::invalid_input, "a NUL byte in the path");
  if (target == "*") return RequestTarget{"*", ""};
  if (const std::size_t scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
    target.remove_prefix(scheme + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  } else if (!target.starts_with('/')) {
    return fail(Errc::invalid_input, "the request target is not a path");
  }
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  TRY(std::string path, percent_decode(target.substr(0, mark)));
  if (path.empty()) path = "/";
  return RequestTarget{std::move(path), mark == target.npos ? "" : std::string(target.substr(mark + 1))};
}

}  // namespace convoke::net
