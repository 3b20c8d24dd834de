#pragma once
#include <chrono>
#include <functional>
#include <memory>

#include "base/log.hpp"
#include "limits/retry_policy.hpp"
#include "llm/provider.hpp"

namespace convoke {

/// Asks again where asking again can help, but never once a delta was shown: words on somebody's screen cannot be
/// taken back. Each wait is told as a Retrying delta before it begins.
class RetryingProvider final : public Provider {
 public:
  using Sleep = std::function<Task<>(std::chrono::milliseconds)>;
  using Random = std::function<double()>;

  /// `sleep` and `random` (in [0, 1)) are the outside world: real by default, of no duration in tests.
  RetryingProvider(std::unique_ptr<Provider> inner, RetryPolicy policy, Log log);
  RetryingProvider(std::unique_ptr<Provider> inner, RetryPolicy policy, Log log, Sleep sleep, Random random);

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

 private:
  std::unique_ptr<Provider> inner_;
  RetryPolicy policy_;
  Log log_;
  Sleep sleep_;
  Random random_;
};

}  // namespace convoke
