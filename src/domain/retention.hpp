#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json.hpp"

namespace convoke {

/// Which old messages of a conversation are deleted for good.
enum class RetentionPolicy {
  unlimited,      ///< none
  token_limit,    ///< all but the newest within so many tokens
  message_count,  ///< all but so many of the newest
  time_based,     ///< those older than so many days
};
std::string_view name_of(RetentionPolicy policy);
std::optional<RetentionPolicy> retention_policy_of(std::string_view name);

/// A policy with its limit: what one conversation may have in place of the configured one.
struct Retention {
  RetentionPolicy policy = RetentionPolicy::unlimited;
  std::int64_t limit = 0;  ///< tokens, messages or days, at least 1; 0 for `unlimited`
  bool operator==(const Retention&) const = default;
};

/// The most that `limit` may be, so that no sum of it overflows: a thousand million, or 36,500 days.
std::int64_t max_limit(RetentionPolicy policy);

/// `{"policy":"message_count","limit":100}`, and back. `invalid_input` names the member and what was expected there.
json::object to_json(const Retention& retention);
Result<Retention> retention_from_json(const json::value& value);

}  // namespace convoke
