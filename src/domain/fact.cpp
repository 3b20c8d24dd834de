#include "domain/fact.hpp"

namespace convoke {
namespace {

WallTime time_of(const json::value& value, std::string_view key) {
  return WallTime(std::chrono::milliseconds(find_integer(value, key).value_or(0)));
}

std::int64_t milliseconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

json::object to_json(const Fact& fact) {
  return {{"id", fact.id},
          {"text", fact.text},
          {"conversation_id", fact.conversation_id},
          {"created_ms", milliseconds_of(fact.created)},
          {"updated_ms", milliseconds_of(fact.updated)}};
}

std::optional<Fact> fact_from_json(const json::value& value) {
  Fact fact{string_or_empty(value, "id"), string_or_empty(value, "text"), string_or_empty(value, "conversation_id"),
            time_of(value, "created_ms"), time_of(value, "updated_ms")};
  if (fact.id.empty() || fact.text.empty()) return std::nullopt;
  return fact;
}

}  // namespace convoke
