#pragma once
#include <optional>

#include "limits/others.hpp"
#include "limits/rate_limits.hpp"
#include "limits/window.hpp"

namespace convoke::limits {

/// What one scope has used of its limits, and what the provider says about them. Nothing is admitted that would pass a
/// limit, our own or the provider's; every doubt about what the provider has counted goes against admission.
class Meter {
 public:
  explicit Meter(const RateLimits& limits = {}) { configure(limits); }

  /// New limits; what was used stays used.
  void configure(const RateLimits& limits);

  /// Counts in every dimension from now on, so that what a provider reports can be held against it.
  void listen() {
    for (const Dimension dimension : all_dimensions) watch(dimension);
  }

  /// What a call uses at most, cut down to the whole of each limit, own and reported. False if its prompt of
  /// `least_tokens` alone is larger than one.
  bool cut_down(Demand& demand, std::int64_t least_tokens) const;

  bool fits(Instant now, const Demand& own);
  /// When `own` will fit if `ahead` goes first, as soon as it can. Instant::max() if never.
  Instant when(Instant now, const Demand& ahead, const Demand& own);
  /// Nothing goes before this, whatever its size.
  Instant held_until() const { return blocked_until_; }

  /// Room kept for a call that waits elsewhere; it counts like a reservation until it is taken or given back.
  void promise(const Demand& own) { promised_ = plus(promised_, own, 1); }
  void unpromise(const Demand& own) { promised_ = plus(promised_, own, -1); }

  /// What had been used when a call was admitted, itself included: what the provider's answer to it is held against.
  struct Mark {
    std::uint64_t number = 0;
    Amounts used{};
    Amounts surely_used{};  ///< without what may have left the provider's count
  };
  Mark reserve(Instant now, const Demand& own);

  /// The call that was admitted at `admitted` has ended and used this much instead.
  void settle(Instant now, Instant admitted, const Demand& reserved, const Demand& actual);

  /// What the answer to the call with this mark says. Older news than what is known already changes nothing, and no
  /// news lets in more than our own count allows.
  void report(Instant now, const Mark& mark, const LimitReport& report);
  /// The call with a reply that was no refusal: after refusals, room grows again with each.
  void answered();

  std::int64_t in_flight() const { return in_flight_; }
  bool idle(Instant now);
  /// The tightest limit per minute: used and allowed. For people.
  std::int64_t used(Instant now, Dimension dimension);
  std::int64_t limit(Dimension dimension) const { return tracks_[index_of(dimension)].limit(); }
  std::int64_t concurrent() const { return concurrent_; }

  /// The share of a minute that `own` takes of what is scarcest, in microseconds; a second where nothing is limited.
  std::int64_t cost(const Demand& own) const;

 private:
  struct Track {
    std::int64_t own_limit = 0;  ///< 0: none
    std::int64_t told_limit = 0;
    std::optional<Window> window{};
    Instant full_at{};                    ///< when the burst allowance is whole again
    Others others{};                      ///< counted by the provider and not by us: other programs, other counting
    std::optional<Window> turned_away{};  ///< calls of ours that the provider may not have counted
    std::uint64_t heard_of = 0;           ///< the number of the call the last report belongs to
    std::int64_t corrected = 0;           ///< sum of all corrections

    std::int64_t limit() const;
  };
  static Demand plus(Demand sum, const Demand& other, std::int64_t sign) {
    return {sum.requests + sign * other.requests, sum.tokens + sign * other.tokens, sum.output + sign * other.output,
            sum.cached + sign * other.cached};
  }
  Track& track(Dimension dimension) { return tracks_[index_of(dimension)]; }
  void watch(Dimension dimension);
  double burst_of(const Track& track, Instant now) const;
  static std::int64_t pace_of(const Track& track, Instant now);
  Instant burst_allows(const Track& track, Dimension dimension, Instant now, const Demand& ahead,
                       const Demand& own) const;
  void turn_away(Instant now);
  void hear(Instant now, Dimension dimension, const Mark& mark, const ReportedLimit& told);
  std::int64_t most_at_once() const;
  Instant when_one_ends(Instant now, std::int64_t ahead) const;

  std::array<Track, all_dimensions.size()> tracks_;
  double burst_ = 1;
  std::int64_t concurrent_ = 0;
  std::int64_t in_flight_ = 0;
  Demand promised_{0, 0};
  std::uint64_t admitted_ = 0;
  Instant blocked_until_{};
  int refusals_ = 0;           ///< in a row
  std::int64_t ramp_ = 0;      ///< requests at once after a refusal; 0: any number
  Duration mean_duration_{0};  ///< of a call
};

}  // namespace convoke::limits
