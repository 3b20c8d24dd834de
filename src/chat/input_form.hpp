#pragma once
#include <optional>
#include <string>

#include "base/json.hpp"

namespace convoke {

/// Why `content` does not fill in the form that `requested_schema` describes, as "field: what is expected"; nothing
/// when it does. The schema is what MCP allows in an elicitation: one flat object of strings, numbers, booleans,
/// choices and lists of choices. What the schema says beyond that is not checked; the server is the judge of it. Pure.
std::optional<std::string> form_problem(const json::object& requested_schema, const json::object& content);

}  // namespace convoke
