#include "limits/admission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "limits/admission_state.hpp"

namespace convoke::limits {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t parked_tried_at_once = 8;

}  // namespace

std::pair<Ticket, Decision> Admission::ask(const Ask& ask, Instant now, WallTime wall) {
  Provider& provider = provider_of(ask.provider);
  Lane& lane = lane_of(provider, ask.model, now);
  lane.key = &key_of(ask.key, provider.policy);
  Client& client = client_of(provider, ask.client, now);
  const auto [ticket, call] = new_call();
  call->lane = &lane;
  call->client = &client;
  call->budgets = {&all_, &provider.budget, &lane.key->budget, &user_of(ask.user)};
  call->cost = ask.cost.value_or(Money{});
  call->is_priced = ask.cost.has_value();
  call->priority = ask.priority;
  call->deadline = ask.deadline;
  call->demand = {1, ask.tokens, ask.output};
  const auto refuse = [&](Refused refusal) -> std::pair<Ticket, Decision> {
    ++lane.refused;
    drop(ticket);
    return {0, std::move(refusal)};
  };
  if (auto never = can_never_go(ask, *call)) return refuse(*std::move(never));
  if (!waiting_lanes_.empty()) pump(now);
  OwnAnswer own;
  if (client.parked.empty()) own = pass_own_limits(*call, now, wall);
  if (own.refusal) return refuse(*std::move(own.refusal));
  if (own.passes && lane.queue.empty() && may_start(lane, call->demand, now)) {
    lane.queue.passed(client.number, lane.meter.cost(call->demand));
    start(*call, now);
    return {ticket, Admitted{call->is_probe}};
  }
  const bool is_full = lane.queue.size() >= provider.policy.max_waiting;
  if (is_full || client.waiting >= provider.policy.max_waiting_per_client) {
    if (own.passes) give_back(*call);
    const auto [place, start_at] = foresee(*call, now);
    return refuse({Reason::queue_full, std::max<Duration>(1s, start_at == Instant::max() ? 60s : start_at - now),
                   fmt::format("{} calls wait for {} ({}) already", is_full ? lane.queue.size() : client.waiting,
                               provider.name, lane.model)});
  }
  ++client.waiting;
  ++lane.queued;
  if (own.passes) {
    enter_queue(ticket, *call, now);
  } else {
    call->state = Call::State::parked;
    call->waits_for = own.waits_for;
    call->parked_number = client.parked_before + client.parked.size();
    client.parked.push_back(ticket);
    if (!std::exchange(client.is_listed, true)) parked_clients_.push_back(&client);
  }
  Decision decision = decide_waiting(ticket, *call, now, true);
  return {std::holds_alternative<Refused>(decision) ? 0 : ticket, std::move(decision)};
}

/// A reservation larger than a whole limit is cut down to it; a prompt that alone is larger can never go.
std::optional<Refused> Admission::can_never_go(const Ask& ask, Call& call) const {
  Lane& lane = *call.lane;
  for (const Meter* meter : {&lane.provider->meter, &lane.key->meter, &lane.meter, &call.client->meter}) {
    if (meter->cut_down(call.demand, ask.least_tokens)) continue;
    return Refused{
        Reason::too_large,
        {},
        fmt::format("the request needs {} tokens, which is more than the limits of {} ({}) ever allow at once",
                    ask.least_tokens, lane.provider->name, lane.model)};
  }
  const bool has_budget =
      std::ranges::any_of(call.budgets, [](const Budget* budget) { return budget->limits().any(); });
  if (!call.is_priced && has_budget && !shared_.allow_unpriced) {
    return Refused{Reason::unknown_price,
                   {},
                   fmt::format("a budget holds for this request, and the price of {} ({}) is not known",
                               lane.provider->name, lane.model)};
  }
  return std::nullopt;
}

/// Whose the budget at `place` among the call's is.
std::string Admission::budget_name(const Call& call, std::size_t place) {
  switch (place) {
    case 0: return "all providers";
    case 1: return "provider " + call.lane->provider->name;
    case 2: return "key " + call.lane->key->name;
    default: return "a user";
  }
}

/// Passing keeps room at the client's meter, and money, until the call starts or gives up.
Admission::OwnAnswer Admission::pass_own_limits(Call& call, Instant now, WallTime wall) {
  static constexpr std::array<std::string_view, 4> owners{"", " of this provider", " of this key", " of this user"};
  bool held = false;
  for (std::size_t i = 0; i < call.budgets.size(); ++i) {
    const Budget::Answer answer = call.budgets[i]->ask(call.cost, wall);
    held = held || answer.verdict == Budget::Verdict::held;
    if (answer.verdict != Budget::Verdict::used_up) continue;
    const auto dollars = [](Money money) {
      return static_cast<double>(money.picodollars) / static_cast<double>(picodollars_per_dollar);
    };
    Refused refusal{.reason = Reason::budget};
    if (answer.period == Budget::Period::request) {
      refusal.message = fmt::format("the request may cost up to ${:.4f}, and the budget{} allows ${:.4f} for one",
                                    dollars(call.cost), owners[i], dollars(answer.limit));
    } else {
      refusal.retry_after = end_of(answer.period, wall) - wall;
      refusal.message = fmt::format(
          "the budget{} for this {} is used up: ${:.4f} of ${:.4f} are spent, and the request may cost up to ${:.4f}",
          owners[i], name_of(answer.period), dollars(answer.spent), dollars(answer.limit), dollars(call.cost));
      if (call.budgets[i]->is_first_refusal()) {
        refusal.used_up = BudgetNews{budget_name(call, i), {answer.period, answer.spent, answer.limit}};
      }
    }
    return {.refusal = std::move(refusal)};
  }
  if (held) return {.waits_for = Reason::budget};
  if (!call.client->meter.fits(now, call.demand)) return {.waits_for = Reason::client_limit};
  call.client->meter.promise(call.demand);
  for (Budget* budget : call.budgets) budget->reserve(call.cost);
  return {.passes = true};
}

void Admission::give_back(Call& call) {
  call.client->meter.unpromise(call.demand);
  for (Budget* budget : call.budgets) budget->release(call.cost);
}

void Admission::enter_queue(Ticket ticket, Call& call, Instant now) {
  Lane& lane = *call.lane;
  if (lane.queue.empty()) waiting_lanes_.push_back(&lane);
  call.state = Call::State::queued;
  call.waits_for = lane.breaker.state(now) == CircuitBreaker::State::closed ? Reason::rate_limit : Reason::breaker;
  call.place =
      lane.queue.push(ticket, call.client->number, lane.meter.cost(call.demand), call.demand.tokens, call.priority);
}

bool Admission::may_start(const Lane& lane, const Demand& demand, Instant now) const {
  // The meters forget what is old while they answer.
  Lane& its = const_cast<Lane&>(lane);
  return its.breaker.may_pass(now) && its.meter.fits(now, demand) && its.provider->meter.fits(now, demand) &&
         its.key->meter.fits(now, demand);
}

/// The call has passed its own limits and fits.
void Admission::start(Call& call, Instant now) {
  Lane& lane = *call.lane;
  call.state = Call::State::running;
  call.admitted = now;
  call.client->meter.unpromise(call.demand);
  call.client->meter.reserve(now, call.demand);
  if (call.foreseen > 100ms && call.asked > lane.disturbed) {
    const double ratio = static_cast<double>((now - call.asked).count()) / static_cast<double>(call.foreseen.count());
    double& average = call.client->waits_for(call.foreseen);
    average += (std::clamp(ratio, 0.25, 4.0) - average) / 32;
  }
  lane.provider->meter.reserve(now, call.demand);
  lane.key->meter.reserve(now, call.demand);
  call.mark = lane.meter.reserve(now, call.demand);
  call.is_probe = lane.breaker.pass(now);
  ++lane.admitted;
}

/// Starts whoever may, in order; the queues of different models take turns.
void Admission::pump(Instant now) {
  bool any = true;
  while (any && !waiting_lanes_.empty()) {
    any = false;
    const std::size_t count = waiting_lanes_.size();
    first_lane_ = (first_lane_ + 1) % count;
    for (std::size_t i = 0; i < count; ++i) {
      Lane& lane = *waiting_lanes_[(first_lane_ + i) % count];
      if (lane.queue.empty()) continue;
      const Ticket ticket = lane.queue.front().second.ticket;
      Call& call = call_of(ticket);
      if (!may_start(lane, call.demand, now)) continue;
      lane.queue.take_front();
      --call.client->waiting;
      start(call, now);
      woken_.push_back(ticket);
      any = true;
    }
    std::erase_if(waiting_lanes_, [](const Lane* lane) { return lane->queue.empty(); });
  }
}

void Admission::retry_parked(Client& client, Instant now, WallTime wall) {
  while (!client.parked.empty()) {
    const Ticket ticket = client.parked.front();
    Call& call = call_of(ticket);
    OwnAnswer own = pass_own_limits(call, now, wall);
    if (!own.passes && !own.refusal) {
      call.waits_for = own.waits_for;
      return;
    }
    client.parked.pop_front();
    ++client.parked_before;
    if (own.passes) {
      enter_queue(ticket, call, now);
      continue;
    }
    --client.waiting;
    call.state = Call::State::refused;
    call.refusal = *std::move(own.refusal);
    woken_.push_back(ticket);
  }
}

/// Money that comes free may be what somebody else waits for.
void Admission::retry_other_parked(Instant now, WallTime wall) {
  for (std::size_t tries = std::min(parked_clients_.size(), parked_tried_at_once); tries > 0; --tries) {
    Client* client = parked_clients_.front();
    parked_clients_.pop_front();
    retry_parked(*client, now, wall);
    client->is_listed = !client->parked.empty();
    if (client->is_listed) parked_clients_.push_back(client);
  }
}

Decision Admission::look(Ticket ticket, Instant now, WallTime wall) {
  Call& call = call_of(ticket);
  if (call.state == Call::State::parked && call.client->parked.front() == ticket) retry_parked(*call.client, now, wall);
  pump(now);
  if (call.state == Call::State::running) return Admitted{call.is_probe};
  if (call.state == Call::State::refused) {
    Refused refusal = std::move(call.refusal);
    ++call.lane->refused;
    drop(ticket);
    return refusal;
  }
  return decide_waiting(ticket, call, now, false);
}

void Admission::report(Ticket ticket, const LimitReport& report, Instant now) {
  Call& call = call_of(ticket);
  Lane& lane = *call.lane;
  lane.meter.report(now, call.mark, report);
  if (report.refused) ++lane.rate_limited, lane.disturbed = now;
  wake_fronts();
}

News Admission::settle(Ticket ticket, const Outcome& outcome, Instant now, WallTime wall, double random) {
  Call& call = call_of(ticket);
  Lane& lane = *call.lane;
  Client& client = *call.client;
  Demand actual = call.demand;
  if (outcome.tokens) actual = {call.demand.requests, *outcome.tokens, outcome.output, outcome.cached};
  for (Meter* meter : {&lane.provider->meter, &lane.key->meter, &lane.meter, &client.meter}) {
    meter->settle(now, call.admitted, call.demand, actual);
  }
  if (call.demand.tokens > 0 && actual.tokens > 0) {
    const double ratio = static_cast<double>(actual.tokens) / static_cast<double>(call.demand.tokens);
    lane.used_of_reserved += (std::min(ratio, 2.0) - lane.used_of_reserved) / 32;
  }
  News news;
  for (std::size_t i = 0; i < call.budgets.size(); ++i) {
    const auto passed = call.budgets[i]->settle(call.cost, outcome.cost.value_or(call.cost), wall);
    if (passed) news.budget_warnings.push_back({budget_name(call, i), *passed});
  }
  if (lane.breaker.record(outcome.health, call.is_probe, now, random)) {
    lane.disturbed = now;
    news.breaker = lane.breaker.state(now);
    if (news.breaker != CircuitBreaker::State::closed) ++lane.breaker_opened;
    for (const Ticket waiting : lane.queue.tickets()) woken_.push_back(waiting);
  }
  if (outcome.health == Health::good && !outcome.rate_limited) lane.meter.answered();
  drop(ticket);
  retry_parked(client, now, wall);
  if (!parked_clients_.empty()) retry_other_parked(now, wall);
  pump(now);
  wake_fronts();
  return news;
}

}  // namespace convoke::limits
