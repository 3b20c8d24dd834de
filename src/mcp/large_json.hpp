#pragma once
#include <string>

#include "base/json.hpp"

namespace convoke::mcp {

/// As parse_json, for a document of megabytes: the pages of `text` go back to the system as soon as they are read.
Result<json::value> parse_and_release(std::string text);

}  // namespace convoke::mcp
