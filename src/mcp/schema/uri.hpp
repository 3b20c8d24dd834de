#pragma once
#include <string>
#include <string_view>

namespace convoke::mcp::schema {

/// A URI reference and what follows its '#'.
struct Split {
  std::string uri;
  std::string fragment;  ///< percent-decoded
};
Split split_fragment(std::string_view reference);

/// `reference` as seen from `base` (RFC 3986, section 5.2), without a fragment. Both may be of any scheme, or of none.
std::string resolve(std::string_view base, std::string_view reference);

}  // namespace convoke::mcp::schema
