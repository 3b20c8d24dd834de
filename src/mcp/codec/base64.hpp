#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace convoke::mcp {

/// Standard alphabet with padding (RFC 4648, section 4).
std::string base64(std::string_view bytes);
/// URL-safe alphabet without padding (section 5), as OAuth and JOSE want it.
std::string base64url(std::string_view bytes);
/// Strict: standard alphabet, full padding, nothing else. `invalid_input` otherwise.
Result<std::string> from_base64(std::string_view text);
/// As strict, for the URL-safe alphabet without padding.
Result<std::string> from_base64url(std::string_view text);

}  // namespace convoke::mcp
