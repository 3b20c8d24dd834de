#include "limits/meter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace convoke::limits {

using namespace std::chrono_literals;

namespace {

constexpr int minute_slots = 240;
constexpr int day_slots = 1440;
constexpr int coarse_slots = 60;
constexpr double burst_beside_others = 0.01;                     // of a minute's limit
constexpr std::int64_t slowest_pace = 20;                        // a 20th of the limit, however much others use
constexpr Duration shortest_block = 500ms, longest_block = 60s;  // where a refusal names no time
constexpr std::int64_t ramp_is_over = 256;                       // requests at once

/// Never before the epoch, never overflowing.
Duration share(Duration whole, std::int64_t part, std::int64_t of) {
  const auto ns = static_cast<__int128>(whole.count()) * part / of;
  constexpr std::int64_t far = std::chrono::duration_cast<Duration>(std::chrono::hours(24 * 365)).count();
  return Duration(static_cast<std::int64_t>(std::min<__int128>(ns, far)));
}

/// After a refusal `at_once` calls may go, and for each that is answered two: within the time that one takes twice as
/// many. How long until `before` have gone, and one more may.
Duration climb(std::int64_t before, std::int64_t at_once, Duration of_one_call) {
  const double doublings = std::log2(1 + static_cast<double>(before) / static_cast<double>(at_once)) - 1;
  const auto one = static_cast<double>(std::max<Duration>(of_one_call, 100ms).count());
  return Duration(static_cast<Duration::rep>(one * std::clamp(doublings, 0.0, 20.0)));
}

}  // namespace

std::string_view name_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::requests_per_minute: return "requests_per_minute";
    case Dimension::requests_per_day: return "requests_per_day";
    case Dimension::tokens_per_minute: return "tokens_per_minute";
    case Dimension::tokens_per_day: return "tokens_per_day";
    case Dimension::input_tokens_per_minute: return "input_tokens_per_minute";
    case Dimension::output_tokens_per_minute: return "output_tokens_per_minute";
  }
  std::unreachable();
}

std::int64_t Meter::Track::limit() const {
  if (own_limit == 0 || told_limit == 0) return std::max(own_limit, told_limit);
  return std::min(own_limit, told_limit);
}

void Meter::configure(const RateLimits& limits) {
  burst_ = limits.burst;
  concurrent_ = limits.concurrent;
  for (const Dimension dimension : all_dimensions) {
    track(dimension).own_limit = limits.of(dimension);
    if (limits.of(dimension) > 0) watch(dimension);
  }
}

void Meter::watch(Dimension dimension) {
  std::optional<Window>& window = track(dimension).window;
  if (window) return;
  if (is_daily(dimension)) {
    window.emplace(24h, day_slots);
  } else {
    window.emplace(1min, minute_slots);
  }
}

bool Meter::cut_down(Demand& demand, std::int64_t least_tokens) const {
  using enum Dimension;
  const auto most = [this](Dimension dimension) {
    return limit(dimension) > 0 ? limit(dimension) : std::numeric_limits<std::int64_t>::max();
  };
  const std::int64_t whole = std::min(most(tokens_per_minute), most(tokens_per_day));
  if (least_tokens > whole || least_tokens > most(input_tokens_per_minute)) return false;
  std::int64_t input = std::min(demand.tokens - demand.output, most(input_tokens_per_minute));
  demand.output = std::min(demand.output, most(output_tokens_per_minute));
  demand.tokens = std::min(input + demand.output, whole);
  demand.output = std::min(demand.output, std::max<std::int64_t>(0, demand.tokens - least_tokens));
  return true;
}

/// Whoever shares a limit with others uses it evenly: what one does in heaps, the other sees too late.
double Meter::burst_of(const Track& track, Instant now) const {
  return track.others.are_at_work(now) ? std::min(burst_, burst_beside_others) : burst_;
}

/// What may be used in a minute, as things are.
std::int64_t Meter::pace_of(const Track& track, Instant now) {
  if (!track.others.are_at_work(now)) return track.limit();
  return std::max(track.limit() / slowest_pace + 1, track.limit() - track.others.use(now));
}

/// A bucket that holds `burst_of` the limit and fills at its pace. A call larger than the bucket needs it full.
Instant Meter::burst_allows(const Track& track, Dimension dimension, Instant now, const Demand& ahead,
                            const Demand& own) const {
  const double at_once = burst_of(track, now);
  if (at_once >= 1 || is_daily(dimension)) return now;
  const std::int64_t pace = pace_of(track, now);
  const auto burst = std::max<std::int64_t>(1, static_cast<std::int64_t>(at_once * static_cast<double>(track.limit())));
  const Duration minute = 1min;
  const std::int64_t spare = burst - std::min(own.of(dimension), burst);
  return std::max(track.full_at, now) + share(minute, ahead.of(dimension), pace) - share(minute, spare, pace);
}

std::int64_t Meter::most_at_once() const {
  if (concurrent_ == 0 || ramp_ == 0) return std::max(concurrent_, ramp_);
  return std::min(concurrent_, ramp_);
}

bool Meter::fits(Instant now, const Demand& own) {
  if (now < blocked_until_) return false;
  const std::int64_t at_once = most_at_once();
  if (at_once > 0 && in_flight_ + promised_.requests + own.requests > at_once) return false;
  for (const Dimension dimension : all_dimensions) {
    Track& one = track(dimension);
    const std::int64_t limit = one.limit();
    if (limit == 0) continue;
    const std::int64_t taken = one.window->used(now) + promised_.of(dimension) + one.others.use(now);
    if (taken + own.of(dimension) > limit) return false;
    if (burst_allows(one, dimension, now, {0, 0}, own) > now) return false;
  }
  return true;
}

/// Calls end one after the other, evenly over the time a call takes.
Instant Meter::when_one_ends(Instant now, std::int64_t ahead) const {
  const std::int64_t at_once = most_at_once();
  const std::int64_t over = in_flight_ + promised_.requests + ahead + 1 - at_once;
  if (at_once == 0 || over <= 0) return now;
  return now + share(std::max<Duration>(mean_duration_, 100ms), over, std::max<std::int64_t>(at_once, 1));
}

Instant Meter::when(Instant now, const Demand& ahead, const Demand& own) {
  Instant latest = std::max(now, blocked_until_);
  if (concurrent_ > 0) latest = std::max(latest, when_one_ends(now, ahead.requests));
  if (ramp_ > 0) latest += climb(in_flight_ + promised_.requests + ahead.requests, ramp_, mean_duration_);
  const Demand before = plus(promised_, ahead, 1);
  for (const Dimension dimension : all_dimensions) {
    Track& one = track(dimension);
    const std::int64_t limit = one.limit(), amount = before.of(dimension) + own.of(dimension);
    if (limit == 0 || amount <= 0) continue;
    if (own.of(dimension) > limit) return Instant::max();
    const std::int64_t others = one.others.use(now);
    Instant free = one.window->when_free(now, limit, amount);
    if (others > 0) {
      const Instant without_others = std::max(free, one.others.until());
      free = limit - others >= own.of(dimension)
                 ? std::min(without_others, one.window->when_free(now, limit - others, amount))
                 : without_others;
    }
    latest = std::max({latest, free, burst_allows(one, dimension, now, before, own)});
  }
  return latest;
}

Meter::Mark Meter::reserve(Instant now, const Demand& own) {
  Mark mark{.number = ++admitted_};
  ++in_flight_;
  for (const Dimension dimension : all_dimensions) {
    Track& one = track(dimension);
    if (!one.window) continue;
    one.window->add(now, own.of(dimension));
    mark.used[index_of(dimension)] = one.window->used(now) - one.corrected;
    mark.surely_used[index_of(dimension)] = one.window->surely_used(now) - one.corrected;
    if (one.limit() > 0 && !is_daily(dimension)) {
      one.full_at = std::max(one.full_at, now) + share(1min, own.of(dimension), pace_of(one, now));
    }
  }
  return mark;
}

void Meter::settle(Instant now, Instant admitted, const Demand& reserved, const Demand& actual) {
  --in_flight_;
  const Duration took = now - admitted;
  const bool was_answered =
      actual.tokens > 0 || reserved.tokens == 0;  // a refusal is quick and tells nothing of others
  if (was_answered) mean_duration_ = mean_duration_.count() == 0 ? took : mean_duration_ + (took - mean_duration_) / 16;
  for (const Dimension dimension : all_dimensions) {
    Track& one = track(dimension);
    const std::int64_t difference = actual.of(dimension) - reserved.of(dimension);
    if (!one.window || difference == 0) continue;
    one.window->correct(now, admitted, difference);
    one.corrected += difference;
    if (one.limit() == 0 || is_daily(dimension)) continue;
    const Duration moved = share(1min, std::abs(difference), pace_of(one, now));
    one.full_at += difference > 0 ? moved : -moved;
  }
}

void Meter::report(Instant now, const Mark& mark, const LimitReport& report) {
  for (const Dimension dimension : all_dimensions) hear(now, dimension, mark, report.of(dimension));
  if (!report.refused) return;
  turn_away(now);
  const Duration unasked = std::min<Duration>(longest_block, shortest_block * (1LL << std::min(refusals_, 7)));
  ++refusals_;
  ramp_ = 1;
  const Instant until = now + (report.retry_after ? Duration(*report.retry_after) : unasked);
  blocked_until_ = std::max(blocked_until_, until);
}

/// Some providers count what they refuse, some do not. Tokens of such a call are given back when it is settled.
void Meter::turn_away(Instant now) {
  for (const Dimension dimension : all_dimensions) {
    Track& one = track(dimension);
    if (!one.window || one.limit() == 0) continue;
    one.others.refused(now, one.limit());
    if (counts_tokens(dimension)) continue;
    if (!one.turned_away) one.turned_away.emplace(one.window->span(), coarse_slots);
    one.turned_away->add(now, 1);
  }
}

void Meter::answered() {
  refusals_ = 0;
  if (ramp_ > 0 && ++ramp_ > ramp_is_over) ramp_ = 0;
}

void Meter::hear(Instant now, Dimension dimension, const Mark& mark, const ReportedLimit& told) {
  if (!told.limit && !told.remaining) return;
  Track& one = track(dimension);
  if (mark.number < one.heard_of) return;
  const bool is_new = !one.window;
  watch(dimension);
  if (told.limit && *told.limit > 0) one.told_limit = *told.limit;
  const std::int64_t whole = one.told_limit > 0 ? one.told_limit : one.own_limit;
  if (!told.remaining || whole == 0) return;
  one.heard_of = mark.number;
  // Calls admitted after this one may or may not be in the provider's figure. They are taken not to be.
  const std::int64_t known = is_new ? 0 : mark.used[index_of(dimension)] + one.corrected;
  const std::int64_t counted = whole - std::clamp<std::int64_t>(*told.remaining, 0, whole);
  const std::int64_t doubtful = one.turned_away ? one.turned_away->used(now) : 0;
  const std::int64_t surely = is_new ? 0 : mark.surely_used[index_of(dimension)] + one.corrected - doubtful;
  Duration fades = one.window->span();
  if (told.reset && *told.reset > 0ms) fades = std::min(fades, Duration(*told.reset));
  one.others.hear(now, {one.limit(), counted, surely, known, fades}, one.window->used(now));
}

bool Meter::idle(Instant now) {
  if (in_flight_ > 0 || promised_.requests > 0) return false;
  return std::ranges::all_of(tracks_, [&](Track& one) { return one.limit() == 0 || one.window->used(now) == 0; });
}

std::int64_t Meter::used(Instant now, Dimension dimension) {
  Track& one = track(dimension);
  return one.window ? one.window->used(now) + one.others.use(now) : 0;
}

std::int64_t Meter::cost(const Demand& own) const {
  constexpr std::int64_t minute = 60'000'000, second = 1'000'000;
  std::int64_t most = 0;
  for (const Dimension dimension : {Dimension::requests_per_minute, Dimension::tokens_per_minute,
                                    Dimension::input_tokens_per_minute, Dimension::output_tokens_per_minute}) {
    const std::int64_t limit = this->limit(dimension);
    if (limit > 0)
      most = std::max(most, static_cast<std::int64_t>(static_cast<__int128>(minute) * own.of(dimension) / limit));
  }
  return most > 0 ? most : second;
}

}  // namespace convoke::limits
