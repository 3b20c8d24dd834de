#pragma once
#include <string>

#include "base/json.hpp"

namespace convoke {

/// An answer that has to be JSON: of `schema`, or any object where that is empty.
struct ResponseFormat {
  std::string name = "answer";  ///< letters, digits, `_` and `-`, at most 64
  json::object schema{};
  bool strict = true;  ///< the provider enforces the schema, which then has to keep to the provider's rules for it
  bool operator==(const ResponseFormat&) const = default;
};

}  // namespace convoke
