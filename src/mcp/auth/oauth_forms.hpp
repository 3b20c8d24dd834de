#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

/// Query strings and forms, as OAuth sends them. Pure.
namespace convoke::mcp {

using Form = std::vector<std::pair<std::string, std::string>>;

/// Percent-encodes all but the unreserved characters.
std::string percent_encoded(std::string_view text);
/// "a=1&b=two%20words"
std::string encode_form(const Form& form);
/// Adds the parameters to a URL that may have a query already.
std::string with_query(std::string url, const Form& form);
/// The parameters of a URL's query, decoded; the first of each name counts.
std::map<std::string, std::string> query_of(std::string_view url);

/// A secret for PKCE or `state`: 32 random bytes as base64url, 43 characters.
std::string random_secret();
/// The S256 challenge of a PKCE verifier.
std::string s256(std::string_view verifier);

/// Scopes as a set and as the parameter; order is kept, none twice.
std::vector<std::string> split_scopes(std::string_view scopes);
std::string joined(const std::vector<std::string>& scopes);
std::vector<std::string> united(std::vector<std::string> scopes, const std::vector<std::string>& more);

/// What an authorization response must say to be believed: `state` is ours, and `iss`, if it must be or is there, is
/// exactly the issuer asked (RFC 9207). Returns the code; `denied` otherwise, also for an error response.
Result<std::string> code_of_response(std::string_view redirected_to, std::string_view state, std::string_view issuer,
                                     bool says_issuer);

}  // namespace convoke::mcp
