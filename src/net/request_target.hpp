#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace convoke::net {

/// The target of a request line, taken apart.
struct RequestTarget {
  std::string path;   ///< percent-decoded
  std::string query;  ///< as it came, without the question mark
};

/// Reads origin form ("/a?b"), absolute form ("http://host/a?b") and "*". `invalid_input` for anything else, for a
/// broken percent sign and for a NUL byte. Pure.
Result<RequestTarget> parse_request_target(std::string_view target);

}  // namespace convoke::net
