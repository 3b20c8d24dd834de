// What those who wait are told: their place, their time, and when it is too late for them.
#include <fmt/format.h>

#include <algorithm>

#include "limits/admission_state.hpp"

namespace convoke::limits {

using namespace std::chrono_literals;

namespace {
constexpr Duration usual_hold = 1s;  // of money by another call, for lack of anything better to say
}

/// The place of a waiting call and when it should start.
std::pair<std::size_t, Instant> Admission::foresee(const Call& call, Instant now) const {
  Lane& lane = *call.lane;
  const bool queued = call.state == Call::State::queued;
  Demand ahead =
      queued ? lane.queue.ahead_of(call.place) : lane.queue.ahead_of_next(call.client->number, call.priority);
  Instant start = lane.breaker.when(now);
  Demand own_ahead{0, 0};
  if (!queued) {
    Client& client = *call.client;
    own_ahead.requests = static_cast<std::int64_t>(client.parked.size());
    if (call.state == Call::State::parked) {
      own_ahead.requests = static_cast<std::int64_t>(call.parked_number - client.parked_before);
    }
    own_ahead.tokens = own_ahead.requests * call.demand.tokens;
    own_ahead.output = own_ahead.requests * call.demand.output;
    start = std::max(start, client.meter.when(now, own_ahead, call.demand));
    if (call.waits_for == Reason::budget) start = std::max(start, now + usual_hold);
  }
  const std::int64_t place = ahead.requests + own_ahead.requests + 1;
  const auto really_used = [&](Demand demand) {
    demand.tokens = static_cast<std::int64_t>(static_cast<double>(demand.tokens) * lane.used_of_reserved);
    // As much of it is output as of this one.
    const std::int64_t own = std::max<std::int64_t>(call.demand.tokens, 1);
    demand.output = static_cast<std::int64_t>(static_cast<__int128>(demand.tokens) * call.demand.output / own);
    return demand;
  };
  start = std::max(start, lane.meter.when(now, really_used(ahead), call.demand));
  // Models that share a provider or a key take turns.
  for (const Lane* other : waiting_lanes_) {
    const bool shares = other != &lane && (other->provider == lane.provider || other->key == lane.key);
    if (!shares || other->queue.empty()) continue;
    const Demand all = other->queue.sum();
    const std::int64_t calls = std::min(all.requests, ahead.requests + 1);
    ahead.requests += calls;
    ahead.tokens += all.tokens / all.requests * calls;
  }
  start = std::max(start, lane.provider->meter.when(now, really_used(ahead), call.demand));
  start = std::max(start, lane.key->meter.when(now, really_used(ahead), call.demand));
  return {static_cast<std::size_t>(place), start};
}

Refused Admission::too_late(const Call& call, Instant start, Instant now) const {
  const Lane& lane = *call.lane;
  Refused refusal{.reason = call.waits_for, .retry_after = {}, .message = {}};
  if (start == Instant::max()) {
    refusal.message =
        fmt::format("the limits of {} ({}) leave no room for this request", lane.provider->name, lane.model);
    return refusal;
  }
  // Whoever comes back then will have to wait as long as this one was ready to wait.
  const Duration patience = std::max<Duration>(call.deadline - now, 0s);
  refusal.retry_after = std::max<Duration>(1s, start - now - patience);
  const auto seconds = std::chrono::duration<double>(*refusal.retry_after).count();
  refusal.message =
      call.waits_for == Reason::breaker
          ? fmt::format("{} ({}) does not work at the moment; ask again in {:.1f} s", lane.provider->name, lane.model,
                        seconds)
          : fmt::format("{} ({}) is used to its limits for longer than this request may wait; ask again in {:.1f} s",
                        lane.provider->name, lane.model, seconds);
  return refusal;
}

/// A call that waits goes on waiting unless it is too late for it. Somebody new is refused by what is foreseen; those
/// who wait already only by what is certain, since foresight may err.
Decision Admission::decide_waiting(Ticket ticket, Call& call, Instant now, bool is_new) {
  Lane& lane = *call.lane;
  auto [place, start] = foresee(call, now);
  if (is_new && start != Instant::max()) call.asked = now, call.foreseen = start - now;
  if (place > 1 && start != Instant::max()) {
    start = now + std::chrono::duration_cast<Duration>((start - now) * call.client->waits_for(start - now));
  }
  if (call.state == Call::State::queued) {
    call.waits_for = lane.breaker.state(now) == CircuitBreaker::State::closed ? Reason::rate_limit : Reason::breaker;
  }
  const Instant certain = std::max({now, lane.breaker.when(now), lane.meter.held_until()});
  if ((is_new ? start : certain) >= call.deadline || start == Instant::max()) {
    Refused refusal = too_late(call, start, now);
    ++lane.refused;
    leave(ticket, now, {});
    return refusal;
  }
  return Queued{place, start - now, call.waits_for};
}

/// Whoever is first sleeps until the time it was told; if that has come closer, it should know.
void Admission::wake_fronts() {
  for (const Lane* lane : waiting_lanes_) woken_.push_back(lane->queue.front().second.ticket);
}

void Admission::leave(Ticket ticket, Instant now, WallTime wall) {
  Call& call = call_of(ticket);
  if (call.state == Call::State::running) {  // it was admitted, and nobody has noticed yet
    settle(ticket, {.tokens = 0, .cost = Money{}, .health = Health::unknown}, now, wall, 0);
    return;
  }
  Lane& lane = *call.lane;
  Client& client = *call.client;
  if (call.state == Call::State::parked) {
    std::erase(client.parked, ticket);
    --client.waiting;
  }
  if (call.state == Call::State::queued) {
    lane.queue.remove(call.place);
    --client.waiting;
    give_back(call);
    if (lane.queue.empty()) std::erase(waiting_lanes_, &lane);
  }
  drop(ticket);
  if (wall != WallTime{}) retry_parked(client, now, wall);
  pump(now);
}

}  // namespace convoke::limits
