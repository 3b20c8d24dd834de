#include "limits/others.hpp"

#include <algorithm>

namespace convoke::limits {

using namespace std::chrono_literals;

namespace {

constexpr Duration remembered = 2min;  // somebody who was at work is expected back
constexpr Duration stretch = 2s;       // of which the peak counts: a dip is no room, it comes back
constexpr Duration margin_halves_in = 5min;
constexpr std::int64_t few = 20;           // a 20th of the limit is no sign of others: it may be our own counting
constexpr std::int64_t parts_of_room = 8;  // of which one is taken at once
constexpr std::int64_t margin_step = 200, most_margin = 10;  // parts of the limit

}  // namespace

void Others::hear(Instant now, const Count& count, std::int64_t used) {
  const std::int64_t surely = std::max<std::int64_t>(0, count.counted - count.ours_at_most);
  if (surely > count.limit / few) at_work_until_ = now + remembered;
  until_ = now + count.fades;
  if (!are_at_work(now)) {
    use_ = surely;
    return;
  }
  note_peak(now, std::max<std::int64_t>(0, count.counted - count.ours_at_least));
  const std::int64_t most = std::max(peaks_[0], peaks_[1]) + margin(now);
  const std::int64_t room = std::max<std::int64_t>(0, count.limit - used - most);
  use_ = most + room - room / parts_of_room;
}

void Others::note_peak(Instant now, std::int64_t theirs) {
  if (now - stretch_began_ >= stretch) {
    peaks_[1] = now - stretch_began_ >= 2 * stretch ? theirs : peaks_[0];
    peaks_[0] = theirs;
    stretch_began_ = now;
  }
  peaks_[0] = std::max(peaks_[0], theirs);
}

void Others::refused(Instant now, std::int64_t limit) {
  if (!are_at_work(now)) return;
  margin_ = std::min(margin(now) + limit / margin_step, limit / most_margin);
  margin_set_ = now;
}

std::int64_t Others::margin(Instant now) const {
  const auto halvings = (now - margin_set_) / margin_halves_in;
  return halvings < 16 ? margin_ >> halvings : 0;
}

}  // namespace convoke::limits
