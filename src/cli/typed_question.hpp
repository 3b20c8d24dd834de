#pragma once
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace convoke {

/// A question as it was typed, taken apart.
struct TypedQuestion {
  std::string text;
  json::object materials{};  ///< `prompt` and `attachments`, as a `chat` has them
};

/// `/prompt NAME argument=value …` begins with a prompt; values with spaces stand in double quotes, and what is left
/// over is said after it. A word `@address` (with a colon in it) attaches a resource and is taken out of the text.
/// Pure.
TypedQuestion read_question(std::string_view line);

}  // namespace convoke
