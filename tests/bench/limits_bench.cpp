// Hours of traffic against a simulated provider under a clock that is moved by hand, and the cost of one decision.
#include <cmath>
#include <map>
#include <queue>
#include <random>
#include <set>

#include "bench.hpp"
#include "limits/admission.hpp"

namespace convoke::limits {
namespace {

using namespace std::chrono_literals;
using bench::report;

struct Scenario {
  std::string name;
  int nodes = 1;
  double load = 1.3;           ///< calls that come, over what the limits allow
  bool bursts = false;         ///< they come in heaps, once a minute
  bool knows_limits = true;    ///< configured; else they are learned from the headers
  milliseconds header_lag{0};  ///< headers tell how it was so long ago
  milliseconds skew{0};        ///< resets are wrong by up to this
  bool outages = false;        ///< two minutes of every twenty
  bool storms = false;         ///< a minute of every ten, half of all calls are refused for no reason
};

constexpr std::int64_t requests_per_minute = 600, tokens_per_minute = 600'000;
constexpr auto duration = 2h;
constexpr auto warm_up = 3min;
constexpr Instant start{1h};

/// A provider that counts what arrived in the last 60 seconds, to the nanosecond.
class Provider {
 public:
  struct Seen {
    bool allowed;
    LimitReport report;
  };
  explicit Provider(const Scenario& scenario, std::mt19937& random) : scenario_(scenario), random_(random) {}

  Seen arrive(Instant now, std::int64_t tokens) {
    forget(now);
    const bool stormy = scenario_.storms && (now - start) % 10min < 1min && random_() % 2 == 0;
    const bool fits = requests_ + 1 <= requests_per_minute && tokens_ + tokens <= tokens_per_minute;
    if (fits && !stormy) {
      arrived_.push_back({now, tokens});
      ++requests_, tokens_ += tokens;
      if (now > start + warm_up) used_requests_ += 1, used_tokens_ += static_cast<double>(tokens);
    }
    Seen seen{.allowed = fits && !stormy, .report = {}};
    seen.report.of(Dimension::requests_per_minute) = told(now, requests_per_minute, requests_);
    seen.report.of(Dimension::tokens_per_minute) = told(now, tokens_per_minute, tokens_);
    if (!seen.allowed) seen.report.refused = true, seen.report.retry_after = stormy ? 2'000ms : 1'000ms;
    history_.push_back({now, seen.report});
    while (history_.size() > 1 && history_[1].first <= now - scenario_.header_lag) history_.pop_front();
    const bool refused = seen.report.refused;
    const auto wait = seen.report.retry_after;
    seen.report = history_.front().second;
    seen.report.refused = refused, seen.report.retry_after = wait;
    return seen;
  }
  bool is_down(Instant now) const { return scenario_.outages && (now - start) % 20min < 2min && now - start > 20min; }
  /// Of the dimension that is used most.
  double utilisation() const {
    const double minutes = std::chrono::duration<double>(duration - warm_up).count() / 60;
    return std::max(used_requests_ / (requests_per_minute * minutes), used_tokens_ / (tokens_per_minute * minutes));
  }

 private:
  void forget(Instant now) {
    while (!arrived_.empty() && arrived_.front().first <= now - 60s) {
      --requests_, tokens_ -= arrived_.front().second;
      arrived_.pop_front();
    }
  }
  ReportedLimit told(Instant now, std::int64_t limit, std::int64_t used) {
    milliseconds reset = arrived_.empty() ? 0ms : std::chrono::ceil<milliseconds>(arrived_.back().first + 60s - now);
    if (scenario_.skew > 0ms)
      reset += milliseconds(static_cast<std::int64_t>(random_() % 2001) - 1000) * (scenario_.skew / 1s);
    return {limit, limit - used, reset};
  }

  const Scenario& scenario_;
  std::mt19937& random_;
  std::deque<std::pair<Instant, std::int64_t>> arrived_;
  std::deque<std::pair<Instant, LimitReport>> history_;
  std::int64_t requests_ = 0, tokens_ = 0;
  double used_requests_ = 0, used_tokens_ = 0;
};

class Simulation {
 public:
  explicit Simulation(Scenario scenario) : scenario_(std::move(scenario)), provider_(scenario_, random_) {
    ProviderPolicy policy{.queue_timeout = 120s, .max_waiting = 100'000, .max_waiting_per_client = 100'000};
    if (scenario_.knows_limits) {
      policy.per_model.per_dimension = {requests_per_minute, 0, tokens_per_minute, 0};
    }
    policy.budget.per_day = budget_;
    for (int i = 0; i < scenario_.nodes; ++i) {
      nodes_.push_back(std::make_unique<Admission>());
      nodes_.back()->configure("p", "k", policy);
    }
  }

  void run() {
    for (int node = 0; node < scenario_.nodes; ++node) plan(start, {Event::arrival, node});
    while (!events_.empty() && events_.top().at < start + duration) {
      Planned next = events_.top();
      events_.pop();
      now_ = next.at;
      happen(next.event);
      for (int node = 0; node < scenario_.nodes; ++node) look_at_woken(node);
    }
    tell();
  }

 private:
  struct Event {
    enum Kind { arrival, look, reach, answer, end } kind = arrival;
    int node = 0;
    Ticket ticket = 0;
    bool down = false;
    Provider::Seen seen{};
  };
  struct Planned {
    Instant at;
    std::uint64_t number;
    Event event;
    bool operator<(const Planned& other) const { return std::tie(other.at, other.number) < std::tie(at, number); }
  };
  struct Call {
    std::int64_t reserved = 0, tokens = 0, cost = 0;
    Instant asked{};
    Duration foreseen{0};
    bool waited = false;
  };

  void plan(Instant at, Event event) { events_.push({at, ++planned_, std::move(event)}); }
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  Duration network() { return std::chrono::duration_cast<Duration>(20ms + 60ms * uniform()); }
  WallTime wall() const {
    return WallTime{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} +
           std::chrono::floor<milliseconds>(now_ - start);
  }

  void happen(Event& event) {
    switch (event.kind) {
      case Event::arrival: return arrive(event.node);
      case Event::look: return look(event.node, event.ticket);
      case Event::reach: return reach(event);
      case Event::answer: return hear(event);
      case Event::end: return end(event, {.health = Health::good}, true);
    }
  }

  Admission& admission_of(int node) { return *nodes_[static_cast<std::size_t>(node)]; }

  void arrive(int node) {
    const double mean_gap = 60.0 / (requests_per_minute * scenario_.load) * scenario_.nodes;
    if (scenario_.bursts) {
      for (int i = 0; i < static_cast<int>(requests_per_minute * scenario_.load) / scenario_.nodes; ++i) ask(node);
      return plan(now_ + 60s, {Event::arrival, node});
    }
    ask(node);
    plan(
        now_ + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(-mean_gap * std::log(1 - uniform()))),
        {Event::arrival, node});
  }

  void ask(int node) {
    static const std::vector<std::string> clients{"a", "b", "c", "d", "e", "f", "g", "h"};
    Call call{.asked = now_};
    call.reserved = static_cast<std::int64_t>(300 + 1200 * uniform());
    call.tokens = call.reserved * 2 / 3;
    call.cost = call.reserved;
    const std::string& client = clients[static_cast<std::size_t>(uniform() * uniform() * 8)];
    Ask what{.provider = "p", .model = "m", .key = "k", .client = client, .user = client};
    what.tokens = what.least_tokens = call.reserved;
    what.cost = Money{call.cost};
    what.deadline = now_ + 120s;
    ++asked_;
    const auto [ticket, decision] = admission_of(node).ask(what, now_, wall());
    if (const Queued* queued = std::get_if<Queued>(&decision)) call.foreseen = queued->eta, call.waited = true;
    calls_[{node, ticket}] = call;
    follow(node, ticket, decision);
  }

  void follow(int node, Ticket ticket, const Decision& decision) {
    if (const Queued* queued = std::get_if<Queued>(&decision)) {
      return plan(now_ + std::max<Duration>(queued->eta, 1ms), {Event::look, node, ticket});
    }
    Call& call = calls_[{node, ticket}];
    if (std::holds_alternative<Refused>(decision)) {
      ++refused_;
      calls_.erase({node, ticket});
      return;
    }
    if (call.waited && now_ > start + warm_up) note_foresight(call);
    open_cost_ += call.cost;
    check_own_limits(node, call);
    plan(now_ + network(), {Event::reach, node, ticket});
  }

  void note_foresight(const Call& call) {
    const double waited = std::chrono::duration<double>(now_ - call.asked).count();
    const double foreseen = std::chrono::duration<double>(call.foreseen).count();
    const double off = std::abs(waited - foreseen);
    errors_.push_back(off);
    relative_errors_.push_back(waited > 0 ? off / waited : 0);
    is_good_.push_back(off <= 0.25 || off <= 0.1 * waited ? 1 : 0);
  }

  /// Own figures, kept apart: what one node let through in any 60 seconds, and all money.
  void check_own_limits(int node, const Call& call) {
    auto& made = made_[node];
    made.push_back({now_, call.reserved});
    made_tokens_[node] += call.reserved;
    while (made.front().first <= now_ - 60s) made_tokens_[node] -= made.front().second, made.pop_front();
    const auto calls = static_cast<std::int64_t>(made.size());
    if (scenario_.knows_limits) overshoot_ = std::max(overshoot_, calls - requests_per_minute);
    budget_overshoot_ = std::max(budget_overshoot_, spent_ + open_cost_ - budget_.picodollars * scenario_.nodes);
  }

  void reach(Event& event) {
    const Call& call = calls_[{event.node, event.ticket}];
    event.down = provider_.is_down(now_);
    if (!event.down) {
      event.seen = provider_.arrive(now_, call.reserved);
      if (!event.seen.allowed) ++rate_limited_;
    }
    event.kind = Event::answer;
    plan(now_ + network(), event);
  }

  /// The head of the answer has come.
  void hear(Event& event) {
    if (event.down) return end(event, {.tokens = 0, .cost = Money{}, .health = Health::failing}, false);
    admission_of(event.node).report(event.ticket, event.seen.report, now_);
    if (!event.seen.allowed) {
      return end(event, {.tokens = 0, .cost = Money{}, .health = Health::good, .rate_limited = true}, false);
    }
    event.kind = Event::end;
    plan(now_ + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 + 6 * uniform() * uniform())),
         event);
  }

  void end(const Event& event, Outcome outcome, bool answered) {
    const Call call = calls_[{event.node, event.ticket}];
    calls_.erase({event.node, event.ticket});
    open_cost_ -= call.cost;
    if (answered) {
      outcome.tokens = call.reserved;  // as the provider counts: at admission
      outcome.cost = Money{call.cost * 2 / 3};
      spent_ += call.cost * 2 / 3;
      ++answered_;
    }
    admission_of(event.node).settle(event.ticket, outcome, now_, wall(), uniform());
  }

  void look(int node, Ticket ticket) {
    if (!calls_.contains({node, ticket}) || !calls_[{node, ticket}].waited) return;
    Decision decision;
    try {
      decision = admission_of(node).look(ticket, now_, wall());
    } catch (const std::logic_error&) {
      return;  // it was answered meanwhile
    }
    if (std::holds_alternative<Admitted>(decision)) {
      if (!running_.insert({node, ticket}).second) return;
    }
    follow(node, ticket, decision);
  }
  void look_at_woken(int node) {
    for (auto woken = admission_of(node).take_woken(); !woken.empty(); woken = admission_of(node).take_woken()) {
      for (const Ticket ticket : woken) {
        if (!running_.contains({node, ticket})) look(node, ticket);
      }
    }
  }

  void tell() const {
    const std::string& name = scenario_.name;
    report(name + ": of the limit used", 100 * provider_.utilisation(), "%");
    report(name + ": 429s received", static_cast<double>(rate_limited_), "of " + std::to_string(asked_) + " calls");
    report(name + ": refused by us", 100.0 * static_cast<double>(refused_) / static_cast<double>(asked_), "% of calls");
    report(name + ": answered", static_cast<double>(answered_), "calls");
    if (!errors_.empty()) {
      report(name + ": error of the predicted start, median", bench::median(errors_) * 1000, "ms");
      report(name + ": the same, relative", 100 * bench::median(relative_errors_), "%");
      const auto good = static_cast<double>(std::ranges::count(is_good_, 1));
      report(name + ": predicted within 10 % or 250 ms", 100 * good / static_cast<double>(is_good_.size()),
             "% of calls");
    }
    report(name + ": overshoot of limits and budget",
           static_cast<double>(std::max<std::int64_t>({0, overshoot_, budget_overshoot_})), "");
  }

  Scenario scenario_;
  std::mt19937 random_{7};
  Provider provider_;
  Money budget_{1'000'000'000};
  std::vector<std::unique_ptr<Admission>> nodes_;
  std::priority_queue<Planned> events_;
  std::uint64_t planned_ = 0;
  Instant now_ = start;
  std::map<std::pair<int, Ticket>, Call> calls_;
  std::set<std::pair<int, Ticket>> running_;
  std::map<int, std::deque<std::pair<Instant, std::int64_t>>> made_;
  std::map<int, std::int64_t> made_tokens_;
  std::int64_t asked_ = 0, refused_ = 0, answered_ = 0, rate_limited_ = 0;
  std::int64_t overshoot_ = 0, budget_overshoot_ = 0, spent_ = 0, open_cost_ = 0;
  std::vector<double> errors_, relative_errors_, is_good_;
};

/// The wall-clock cost of asking, with many waiting.
void measure_decision(int waiting) {
  Admission admission;
  ProviderPolicy policy{.max_waiting = 1'000'000, .max_waiting_per_client = 1'000'000};
  policy.whole.per_dimension = {600, 0, 600'000, 0};
  policy.per_client.per_dimension = {100'000, 0, 0, 0};
  policy.budget.per_day = Money{INT64_MAX / 4};
  admission.configure("p", "k", policy);
  std::mt19937 random(3);
  std::vector<std::string> clients;
  for (int i = 0; i < 500; ++i) clients.push_back("client" + std::to_string(i));
  const WallTime wall{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  Instant now = start;
  Ask what{.provider = "p", .model = "m", .key = "k"};
  const auto ask = [&] {
    what.client = what.user = clients[random() % clients.size()];
    what.tokens = what.least_tokens = static_cast<std::int64_t>(200 + random() % 2000);
    what.cost = Money{100};
    what.deadline = now + 100h;
    return admission.ask(what, now, wall).first;
  };
  for (int i = 0; i < waiting; ++i) ask();
  std::vector<double> asking, looking;
  for (int round = 0; round < 2000; ++round) {
    constexpr int batch = 50;
    std::vector<Ticket> made;
    const bench::Stopwatch ask_watch;
    for (int i = 0; i < batch; ++i) made.push_back(ask());
    asking.push_back(ask_watch.seconds() / batch * 1e6);
    const bench::Stopwatch look_watch;
    for (const Ticket ticket : made) admission.look(ticket, now, wall);
    looking.push_back(look_watch.seconds() / batch * 1e6);
    for (const Ticket ticket : made) admission.leave(ticket, now, wall);
  }
  const std::string with = ", " + std::to_string(waiting) + " waiting";
  report("admission decision" + with, bench::median(asking), "µs");
  report("another look" + with, bench::median(looking), "µs");
}

}  // namespace
}  // namespace convoke::limits

/// With an argument only the scenarios with these words in their names.
int main(int argc, char** argv) {
  using namespace convoke::limits;
  const std::string only = argc > 1 ? argv[1] : "";
  if (only.empty()) {
    measure_decision(0);
    measure_decision(10'000);
  }
  for (const Scenario& scenario : std::vector<Scenario>{
           {.name = "steady overload"},
           {.name = "limits learned from headers", .knows_limits = false},
           {.name = "bursts", .load = 0.9, .bursts = true},
           {.name = "two nodes", .nodes = 2},
           {.name = "five nodes", .nodes = 5},
           {.name = "two nodes, headers 2 s late", .nodes = 2, .header_lag = 2s},
           {.name = "headers 2 s late", .header_lag = 2s},
           {.name = "clock off by 30 s", .skew = 30s},
           {.name = "storms of 429s", .load = 0.8, .storms = true},
           {.name = "outages", .load = 0.8, .outages = true},
       }) {
    if (scenario.name.contains(only)) Simulation(scenario).run();
  }
}
