#pragma once
#include <chrono>
#include <optional>

namespace convoke {

/// When and how long to wait before another attempt: exponential back-off with jitter, as the official OpenAI and
/// Anthropic SDKs do it (0.5 s doubled each time, at most 8 s, shortened by up to a quarter at random).
struct RetryPolicy {
  int max_attempts = 3;  ///< including the first
  std::chrono::milliseconds initial_delay{500};
  std::chrono::milliseconds max_delay{8'000};
  /// A peer that asks for a longer wait than this is not waited for; the SDKs draw the line there too.
  std::chrono::milliseconds max_asked_delay{120'000};

  bool operator==(const RetryPolicy&) const = default;
};

/// How long to wait before attempt number `next_attempt` (2 is the first retry), or nothing when there is to be none.
/// `asked` is the peer's own wish (retry-after); zero and negative wishes are ignored. `random` is in [0, 1).
std::optional<std::chrono::milliseconds> delay_before(const RetryPolicy& policy, int next_attempt,
                                                      std::optional<std::chrono::milliseconds> asked, double random);

}  // namespace convoke
