#pragma once
#include <string>

#include "base/json.hpp"

namespace convoke {

/// Appends a tool's schema in the form every provider takes: an object at the root with `properties`, without members
/// that only editors and validators use. A choice at the root, which providers refuse, becomes one object: the
/// properties of every alternative are allowed, and required is what all of them require (for allOf: any of them).
void append_schema(std::string& out, const json::object& schema);

}  // namespace convoke
