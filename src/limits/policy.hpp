#pragma once
#include "limits/budget.hpp"
#include "limits/circuit_breaker.hpp"
#include "limits/rate_limits.hpp"

namespace convoke::limits {

/// What calls to one provider go by.
struct ProviderPolicy {
  RateLimits whole{};                        ///< all calls to it
  RateLimits per_model{};                    ///< each of its models
  RateLimits per_key{};                      ///< each key, also where several providers share it
  RateLimits per_client{};                   ///< each client
  milliseconds queue_timeout{30'000};        ///< how long a call may wait that brings no deadline of its own
  std::size_t max_waiting = 10'000;          ///< of one model
  std::size_t max_waiting_per_client = 100;  ///< of one client, all models
  BreakerSettings breaker{};                 ///< of each model
  BudgetLimits budget{};
  BudgetLimits key_budget{};
  bool operator==(const ProviderPolicy&) const = default;
};

/// What holds whatever the provider.
struct SharedPolicy {
  BudgetLimits budget{};
  BudgetLimits user_budget{};   ///< of each user
  bool allow_unpriced = false;  ///< calls whose price is not known may be made although a budget holds for them
  bool operator==(const SharedPolicy&) const = default;
};

}  // namespace convoke::limits
