#pragma once
#include "domain/event.hpp"
#include "domain/field_reader.hpp"

namespace convoke {

// What `to_json` writes, read back strictly: from a file that people may have edited. Nothing is skipped, nothing is
// guessed. Pure.

/// An event without `id`, `conversation_id` and `branch`, which belong to the place where it is kept. `invalid_input`
/// names the member, what it is, and what was expected.
Result<Event> read_event(const json::object& object);

/// A message's parts. `where` leads to them: "parts".
Result<std::vector<Part>> read_parts(const json::array& parts, const std::string& where);

}  // namespace convoke
