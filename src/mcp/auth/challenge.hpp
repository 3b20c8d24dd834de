#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/jsonrpc.hpp"

namespace convoke::mcp {

/// One challenge of a WWW-Authenticate header (RFC 9110, section 11.6.1).
struct Challenge {
  std::string scheme;                             ///< lower case
  std::map<std::string, std::string> parameters;  ///< names in lower case
  bool operator==(const Challenge&) const = default;
};

/// Reads the value of one WWW-Authenticate field, which may hold several challenges. What cannot be read is left out.
/// Pure.
std::vector<Challenge> parse_challenges(std::string_view field);

/// The first challenge an OAuth client can answer (Bearer or DPoP), from all the fields there are.
std::optional<Challenge> oauth_challenge(const jsonrpc::Headers& headers);

}  // namespace convoke::mcp
