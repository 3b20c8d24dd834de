#include "limits/retry_policy.hpp"

#include <algorithm>

namespace convoke {

using std::chrono::milliseconds;

std::optional<milliseconds> delay_before(const RetryPolicy& policy, int next_attempt, std::optional<milliseconds> asked,
                                         double random) {
  if (next_attempt > policy.max_attempts) return std::nullopt;
  if (asked && *asked > milliseconds::zero()) {
    if (*asked > policy.max_asked_delay) return std::nullopt;
    return asked;
  }
  const int doublings = std::clamp(next_attempt - 2, 0, 20);
  const milliseconds full = std::min<milliseconds>(policy.initial_delay * (1LL << doublings), policy.max_delay);
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(full.count()) * (1.0 - 0.25 * random)));
}

}  // namespace convoke
