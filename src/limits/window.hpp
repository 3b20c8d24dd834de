#pragma once
#include <vector>

#include "limits/rate_limits.hpp"

namespace convoke::limits {

/// How much was used in the last minute or day, in slots of constant number. What falls into a slot counts until the
/// whole slot and one more have left the span: no stretch of that length, laid anywhere, holds more than was allowed,
/// and calls that arrive at the provider a little later or earlier than they left do not change that. Costs at most two
/// slots' time of the limit.
class Window {
 public:
  /// `span` must be a multiple of `slots`.
  Window(Duration span, int slots);

  Duration span() const { return span_; }
  std::int64_t used(Instant now);
  /// Of it, what a provider counts for certain who is told of it a moment later: without what may be too old by then.
  std::int64_t surely_used(Instant now);
  void add(Instant now, std::int64_t amount);
  /// Corrects what was added at `then`; without effect when that has left the window.
  void correct(Instant now, Instant then, std::int64_t by);

  /// When `amount` fits under `limit`, if all of it is used as soon as it can be. It may be many times the limit; then
  /// the answer supposes that today's pattern repeats. `limit` and `amount` must be above 0.
  Instant when_free(Instant now, std::int64_t limit, std::int64_t amount);

 private:
  std::int64_t slot_of(Instant time) const { return time.time_since_epoch() / slot_length_; }
  std::int64_t& in_slot(std::int64_t slot);
  void advance(Instant now);

  Duration span_;
  Duration slot_length_;
  std::vector<std::int64_t> slots_;  ///< a ring
  std::int64_t newest_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace convoke::limits
