#include "domain/retention.hpp"

#include <fmt/format.h>

namespace convoke {
namespace {

constexpr RetentionPolicy all_policies[] = {RetentionPolicy::unlimited, RetentionPolicy::token_limit,
                                            RetentionPolicy::message_count, RetentionPolicy::time_based};

}  // namespace

std::string_view name_of(RetentionPolicy policy) {
  switch (policy) {
    case RetentionPolicy::unlimited: return "unlimited";
    case RetentionPolicy::token_limit: return "token_limit";
    case RetentionPolicy::message_count: return "message_count";
    case RetentionPolicy::time_based: return "time_based";
  }
  std::unreachable();
}

std::optional<RetentionPolicy> retention_policy_of(std::string_view name) {
  for (const RetentionPolicy policy : all_policies) {
    if (name_of(policy) == name) return policy;
  }
  return std::nullopt;
}

std::int64_t max_limit(RetentionPolicy policy) {
  return policy == RetentionPolicy::unlimited ? 0 : policy == RetentionPolicy::time_based ? 36'500 : 1'000'000'000;
}

json::object to_json(const Retention& retention) {
  json::object object{{"policy", name_of(retention.policy)}};
  if (retention.policy != RetentionPolicy::unlimited) object["limit"] = retention.limit;
  return object;
}

Result<Retention> retention_from_json(const json::value& value) {
  if (!value.is_object()) {
    return fail(Errc::invalid_input, fmt::format("is {}; expected an object with policy and limit", kind_of(value)));
  }
  const auto policy = retention_policy_of(string_or_empty(value, "policy"));
  if (!policy) {
    return fail(Errc::invalid_input, "policy must be one of unlimited, token_limit, message_count, time_based");
  }
  if (*policy == RetentionPolicy::unlimited) return Retention{};
  const std::int64_t limit = find_integer(value, "limit").value_or(0);
  if (limit < 1 || limit > max_limit(*policy)) {
    return fail(Errc::invalid_input, fmt::format("limit must be a whole number from 1 to {}", max_limit(*policy)));
  }
  return Retention{*policy, limit};
}

}  // namespace convoke
