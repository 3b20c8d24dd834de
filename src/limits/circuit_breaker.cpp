#include "limits/circuit_breaker.hpp"

#include <algorithm>
#include <utility>

namespace convoke::limits {

using namespace std::chrono_literals;

std::string_view name_of(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::closed: return "closed";
    case CircuitBreaker::State::open: return "open";
    case CircuitBreaker::State::half_open: return "half_open";
  }
  std::unreachable();
}

CircuitBreaker::State CircuitBreaker::state(Instant now) const {
  if (!open_) return State::closed;
  return probing_ || now >= open_until_ ? State::half_open : State::open;
}

Instant CircuitBreaker::when(Instant now) const { return open_ ? std::max(now, open_until_) : now; }

bool CircuitBreaker::pass(Instant now) {
  if (state(now) == State::closed) return false;
  probing_ = true;
  return true;
}

bool CircuitBreaker::record(Health health, bool was_probe, Instant now, double random) {
  if (was_probe) {
    probing_ = false;
    if (health == Health::unknown) return false;  // the next one is the probe
    if (health == Health::failing) {
      open(now, random);
      return true;
    }
    const BreakerSettings settings = settings_;
    *this = CircuitBreaker();
    settings_ = settings;
    return true;
  }
  // Calls from before it opened tell nothing about now.
  if (open_ || health == Health::unknown || settings_.failures == 0) return false;
  forget_old(now);
  ++calls_[0];
  if (health == Health::good) return false;
  ++failures_[0];
  const int failures = failures_[0] + failures_[1], calls = calls_[0] + calls_[1];
  if (failures < settings_.failures || failures * 2 < calls) return false;
  open(now, random);
  return true;
}

void CircuitBreaker::open(Instant now, double random) {
  const auto full = std::min<Duration>(settings_.max_rest, settings_.rest * (1LL << std::min(rests_, 20)));
  const auto rest = std::chrono::duration_cast<Duration>(full * (1.0 - 0.25 * random));
  ++rests_;
  open_ = true;
  open_until_ = now + rest;
  half_minute_ = {};
  std::ranges::fill(calls_, 0);
  std::ranges::fill(failures_, 0);
}

void CircuitBreaker::forget_old(Instant now) {
  if (now < half_minute_ + 30s) return;
  const bool all = now >= half_minute_ + 60s;
  calls_[1] = all ? 0 : calls_[0];
  failures_[1] = all ? 0 : failures_[0];
  calls_[0] = failures_[0] = 0;
  half_minute_ = now;
}

}  // namespace convoke::limits
