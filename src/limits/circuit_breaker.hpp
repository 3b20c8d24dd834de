#pragma once
#include <string_view>

#include "limits/rate_limits.hpp"

namespace convoke::limits {

struct BreakerSettings {
  int failures = 5;                ///< so many in a minute, and at least every second call: it opens; 0: never
  milliseconds slow_call{0};       ///< a first word later than this counts as a failure; 0: none does
  milliseconds rest{5'000};        ///< how long it stays open at first; doubles with each failed probe
  milliseconds max_rest{300'000};  ///< the ceiling of that
  bool operator==(const BreakerSettings&) const = default;
};

/// How a call went, as far as the peer's health is concerned.
enum class Health {
  good,     ///< it answered, or turned the request away for what was in it
  failing,  ///< an outage, or too slow
  unknown,  ///< the call was given up before anything showed
};

/// Keeps calls away from a peer that is down. Closed: all may pass. Open: none, for a rest. Half-open: one may pass,
/// and how that goes decides. Time and chance are arguments.
class CircuitBreaker {
 public:
  enum class State { closed, open, half_open };

  void configure(const BreakerSettings& settings) { settings_ = settings; }

  State state(Instant now) const;
  /// When a call may pass at the earliest; `now` if one may at once.
  Instant when(Instant now) const;
  bool may_pass(Instant now) const { return !probing_ && when(now) <= now; }
  /// A call passes. True if it is the probe.
  bool pass(Instant now);
  /// How a call that passed went. `random` is in [0, 1). True if the breaker opened by it, or closed.
  bool record(Health health, bool was_probe, Instant now, double random);

 private:
  void open(Instant now, double random);
  void forget_old(Instant now);

  BreakerSettings settings_;
  bool open_ = false;
  bool probing_ = false;
  int rests_ = 0;  ///< in a row
  Instant open_until_{};
  Instant half_minute_{};  ///< when the newer of two halves began
  int calls_[2] = {};
  int failures_[2] = {};
};
std::string_view name_of(CircuitBreaker::State state);

}  // namespace convoke::limits
