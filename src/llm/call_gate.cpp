#include "llm/call_gate.hpp"

#include <boost/asio/this_coro.hpp>

#include "base/answer.hpp"
#include "base/random.hpp"
#include "base/signal.hpp"

namespace convoke {

using limits::Admitted;
using limits::Ask;
using limits::Decision;
using limits::Duration;
using limits::Queued;
using limits::Refused;
using limits::Ticket;

namespace {

constexpr Duration soonest_look = 50ms, latest_look = 5s;

/// What a client was told, and whether something else is worth telling.
class Told {
 public:
  bool is_news(const Queued& queued, SteadyClock::time_point now) {
    const auto start = now + queued.eta;
    const Duration moved = start > start_ ? start - start_ : start_ - start;
    const bool much_later = moved > std::max<Duration>(1s, queued.eta / 4);
    const bool is_new = place_ == 0 || queued.place * 2 <= place_ || queued.place >= place_ * 2 || much_later ||
                        queued.reason != reason_;
    if (!is_new) return false;
    place_ = queued.place;
    start_ = start;
    reason_ = queued.reason;
    return true;
  }

 private:
  std::size_t place_ = 0;
  SteadyClock::time_point start_{};
  limits::Reason reason_{};
};

}  // namespace

/// Somebody who waits, on their loop. Whoever wakes them may be on another, and may come too late.
struct CallGate::Waiter {
  explicit Waiter(const Executor& on) : loop(on), looked_for(on) {}
  Executor loop;
  Signal looked_for;
};

/// A place in the queue: given up when whoever holds it unwinds.
class CallGate::Place {
 public:
  Place(CallGate& gate, Ticket ticket) : gate_(gate), ticket_(ticket) {}
  ~Place() {
    if (ticket_ != 0) gate_.leave(ticket_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  void decided() { ticket_ = 0; }

 private:
  CallGate& gate_;
  Ticket ticket_;
};

CallGate::CallGate(const Clock& clock, Metrics& metrics, Log log)
    : clock_(clock),
      metrics_(metrics),
      log_(std::move(log)),
      waited_(metrics.histogram("llm_queue_seconds", "How long calls of models waited for their turn.")) {}

CallGate::~CallGate() = default;

void CallGate::configure(std::string_view provider, std::string_view key, const limits::ProviderPolicy& policy) {
  Woken woken;
  {
    const std::lock_guard lock(mutex_);
    admission_.configure(provider, key, policy);
    woken = take_woken();
  }
  wake(std::move(woken));
}

void CallGate::configure(const limits::SharedPolicy& policy) {
  const std::lock_guard lock(mutex_);
  admission_.configure(policy);
}

void CallGate::restore(std::string_view scope, std::string_view name, const limits::BudgetState& state) {
  const std::lock_guard lock(mutex_);
  admission_.restore(scope, name, state);
}

/// With the lock held: those whose standing has changed.
CallGate::Woken CallGate::take_woken() {
  Woken woken;
  for (const Ticket ticket : admission_.take_woken()) {
    const auto found = waiters_.find(ticket);
    if (found != waiters_.end()) woken.push_back(found->second);
  }
  return woken;
}

void CallGate::wake(Woken woken) {
  for (auto& waiter : woken) hand_over(waiter->loop, [waiter] { waiter->looked_for.notify(); });
}

std::pair<Ticket, Decision> CallGate::ask(const Ask& ask, const std::shared_ptr<Waiter>& waiter) {
  Woken woken;
  std::pair<Ticket, Decision> answer;
  {
    const std::lock_guard lock(mutex_);
    answer = admission_.ask(ask, clock_.now(), clock_.wall());
    if (std::holds_alternative<Queued>(answer.second)) waiters_.emplace(answer.first, waiter);
    woken = take_woken();
  }
  wake(std::move(woken));
  return answer;
}

Decision CallGate::look(Ticket ticket) {
  Woken woken;
  Decision decision;
  {
    const std::lock_guard lock(mutex_);
    decision = admission_.look(ticket, clock_.now(), clock_.wall());
    if (!std::holds_alternative<Queued>(decision)) waiters_.erase(ticket);
    woken = take_woken();
  }
  wake(std::move(woken));
  return decision;
}

void CallGate::leave(Ticket ticket) {
  Woken woken;
  {
    const std::lock_guard lock(mutex_);
    waiters_.erase(ticket);
    admission_.leave(ticket, clock_.now(), clock_.wall());
    woken = take_woken();
  }
  wake(std::move(woken));
}

void CallGate::settle(Ticket ticket, const limits::Outcome& outcome) {
  Woken woken;
  limits::News news;
  {
    const std::lock_guard lock(mutex_);
    news = admission_.settle(ticket, outcome, clock_.now(), clock_.wall(), random_fraction());
    woken = take_woken();
  }
  wake(std::move(woken));
  for (const limits::BudgetNews& budget : news.budget_warnings) tell("budget.nearly_used_up", budget);
  if (news.breaker) log_.warning("llm.breaker", {{"state", name_of(*news.breaker)}});
}

void CallGate::tell(std::string_view event, const limits::BudgetNews& budget) const {
  const limits::Budget::Standing& standing = budget.standing;
  log_.warning(event, {{"budget", budget.budget},
                       {"period", name_of(standing.period)},
                       {"spent", to_decimal(standing.spent)},
                       {"limit", to_decimal(standing.limit)}});
}

Task<std::expected<CallGate::Pass, Refused>> CallGate::enter(Ask ask, Show show) {
  const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
  const auto began = clock_.now();
  auto [ticket, decision] = this->ask(ask, waiter);
  Place place(*this, ticket);
  Told told;
  while (const Queued* queued = std::get_if<Queued>(&decision)) {
    const auto now = clock_.now();
    if (told.is_news(*queued, now)) show(*queued);
    const Duration until_deadline = std::max<Duration>(ask.deadline - now, 0s);
    const Duration next_look = std::clamp(queued->eta / 4, soonest_look, latest_look);
    const Duration pause = std::min({std::max<Duration>(queued->eta, 1ms), next_look, until_deadline});
    co_await waiter->looked_for.wait_until(SteadyClock::now() + pause + 1us);
    decision = look(ticket);
  }
  place.decided();
  waited_.observe(clock_.now() - began);
  if (Refused* refused = std::get_if<Refused>(&decision)) {
    if (refused->used_up) tell("budget.used_up", *refused->used_up);
    co_return std::unexpected(std::move(*refused));
  }
  co_return Pass(*this, ticket);
}

CallGate::Pass::~Pass() {
  if (ticket_ != 0) settle({.health = limits::Health::unknown});
}

void CallGate::Pass::report(const limits::LimitReport& report) {
  Woken woken;
  {
    const std::lock_guard lock(gate_->mutex_);
    gate_->admission_.report(ticket_, report, gate_->clock_.now());
    woken = gate_->take_woken();
  }
  wake(std::move(woken));
}

void CallGate::Pass::settle(const limits::Outcome& outcome) { gate_->settle(std::exchange(ticket_, 0), outcome); }

std::vector<limits::LaneStatus> CallGate::lanes() const {
  const std::lock_guard lock(mutex_);
  return admission_.lanes(clock_.now());
}

std::vector<limits::BudgetStatus> CallGate::budgets() const {
  const std::lock_guard lock(mutex_);
  return admission_.budgets(clock_.wall());
}

void CallGate::measure() const {
  for (const limits::LaneStatus& lane : lanes()) {
    const Metrics::Labels labels{{"provider", lane.provider}, {"model", lane.model}};
    const auto set = [&](std::string_view name, std::string_view help, std::int64_t value) {
      metrics_.gauge(name, help, labels).set(value);
    };
    set("llm_calls_in_flight", "Calls of a model that are being answered.", lane.in_flight);
    set("llm_calls_waiting", "Calls of a model that wait for their turn.", static_cast<std::int64_t>(lane.waiting));
    set("llm_breaker_state", "0 closed, 1 open, 2 half-open.", static_cast<std::int64_t>(lane.breaker));
    set("llm_calls_admitted", "Calls let through since the start.", static_cast<std::int64_t>(lane.admitted));
    set("llm_calls_queued", "Calls that had to wait since the start.", static_cast<std::int64_t>(lane.queued));
    set("llm_calls_refused", "Calls refused by our limits since the start.", static_cast<std::int64_t>(lane.refused));
    set("llm_calls_rate_limited", "Calls the provider refused because of a limit since the start.",
        static_cast<std::int64_t>(lane.rate_limited));
    set("llm_breaker_opened", "How often the breaker opened since the start.",
        static_cast<std::int64_t>(lane.breaker_opened));
    for (const limits::Dimension dimension : limits::all_dimensions) {
      const std::size_t i = index_of(dimension);
      if (lane.limit[i] == 0) continue;
      Metrics::Labels dimensioned = labels;
      dimensioned.emplace_back("limit", name_of(dimension));
      metrics_.gauge("llm_limit", "A rate limit, as far as it is known.", dimensioned).set(lane.limit[i]);
      metrics_.gauge("llm_limit_used", "What is used of it.", dimensioned).set(lane.used[i]);
    }
  }
  for (const limits::BudgetStatus& budget : budgets()) {
    const Metrics::Labels labels{{"scope", budget.scope}, {"name", budget.name}};
    const auto set = [&](std::string_view period, Money spent, const std::optional<Money>& limit) {
      if (!limit) return;
      Metrics::Labels dated = labels;
      dated.emplace_back("period", period);
      metrics_.gauge("budget_microdollars", "What may be spent.", dated).set(limit->picodollars / 1'000'000);
      metrics_.gauge("budget_spent_microdollars", "What was spent.", dated).set(spent.picodollars / 1'000'000);
    };
    set("day", budget.state.spent_in_day, budget.limits.per_day);
    set("month", budget.state.spent_in_month, budget.limits.per_month);
    metrics_.gauge("budget_reserved_microdollars", "What calls in flight may cost.", labels)
        .set(budget.reserved.picodollars / 1'000'000);
  }
}

}  // namespace convoke
