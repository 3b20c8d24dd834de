#pragma once
#include <array>
#include <cstdint>

#include "limits/rate_limits.hpp"

namespace convoke::limits {

/// What others use of a limit, such as another node with the same key, as far as the provider's figures tell. While
/// somebody else is at work, the most they used of late is left to them, what is free is taken in parts, since they see
/// it, too, and each refusal leaves a little more free for a while.
class Others {
 public:
  /// What the provider has counted of a limit, and how much of that we know to be ours.
  struct Count {
    std::int64_t limit = 0;
    std::int64_t counted = 0;
    std::int64_t ours_at_least = 0;  ///< without what may not have reached the provider's count, or left it already
    std::int64_t ours_at_most = 0;
    Duration fades{};  ///< after so long nothing of it is counted any more
  };
  /// `used`: what we have used by now.
  void hear(Instant now, const Count& count, std::int64_t used);
  /// The provider has refused a call that we saw room for.
  void refused(Instant now, std::int64_t limit);

  /// How much of the limit is left alone.
  std::int64_t use(Instant now) const { return now < until_ ? use_ : 0; }
  /// At the latest then nothing of that is counted any more.
  Instant until() const { return until_; }
  /// Whether somebody else uses the limit, and not only a little of it.
  bool are_at_work(Instant now) const { return now < at_work_until_; }

 private:
  void note_peak(Instant now, std::int64_t theirs);
  std::int64_t margin(Instant now) const;

  std::int64_t use_ = 0;
  Instant until_{};
  Instant at_work_until_{};
  std::array<std::int64_t, 2> peaks_{};  ///< of the stretch of time that goes on, and of the one before
  Instant stretch_began_{};
  std::int64_t margin_ = 0;
  Instant margin_set_{};
};

}  // namespace convoke::limits
