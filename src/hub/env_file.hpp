#pragma once
#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace convoke {

/// Parses lines `NAME=value`, as `.env` files have them: empty lines and lines that begin with `#` are skipped,
/// `export` may come first, and quotes around a value are dropped. The error says which line is none of these.
std::expected<std::map<std::string, Secret>, std::string> parse_env_file(std::string_view text);

/// As above, from a file.
std::expected<std::map<std::string, Secret>, std::string> read_env_file_at(const std::string& path);

}  // namespace convoke
