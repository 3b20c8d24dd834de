#pragma once
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace convoke {

/// Something the user asked to remember, past the end of the conversation.
struct Fact {
  std::string id;
  std::string text;
  std::string conversation_id{};  ///< where it was said; empty: not in a conversation
  WallTime created{};
  WallTime updated{};
  bool operator==(const Fact&) const = default;
};

json::object to_json(const Fact& fact);
/// Nothing for what is no fact.
std::optional<Fact> fact_from_json(const json::value& value);

}  // namespace convoke
