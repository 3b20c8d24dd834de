#pragma once
#include <chrono>
#include <string>

namespace convoke {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// The time, as a parameter: whoever decides by time takes a Clock, so that tests can move it by hand.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic; for durations and deadlines.
  virtual std::chrono::steady_clock::time_point now() const = 0;
  /// UTC; for records and people.
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override;
  WallTime wall() const override;
};

/// A clock that stands still until moved. For tests and simulations.
class ManualClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void advance(std::chrono::milliseconds by) { now_ += by, wall_ += by; }

 private:
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
};

/// "2026-11-23T18:04:48.123Z", always UTC with milliseconds.
std::string to_iso8601(WallTime time);

}  // namespace convoke
