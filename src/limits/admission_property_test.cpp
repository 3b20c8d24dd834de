// Whatever happens in whatever order: no limit and no budget is ever passed, and nobody is forgotten.
#include <gtest/gtest.h>

#include <random>

#include "limits/admission.hpp"

namespace convoke::limits {
namespace {

using namespace std::chrono_literals;

constexpr int schedules = 10'000;
constexpr int steps = 60;

/// What was done, kept as plainly as can be, to hold Admission against.
struct Made {
  Instant at;
  int model, client;
  Demand used;
};

class Schedule {
 public:
  explicit Schedule(std::uint32_t seed) : random_(seed) {
    RateLimits whole, model, client;
    whole.per_dimension = {pick(2, 30), pick(0, 1) * 40, pick(100, 3000), pick(0, 1) * 5000};
    whole.per_dimension[index_of(Dimension::input_tokens_per_minute)] = pick(0, 1) * 1500;
    whole.per_dimension[index_of(Dimension::output_tokens_per_minute)] = pick(0, 1) * 300;
    whole.concurrent = pick(0, 6);
    whole.burst = pick(0, 1) ? 1 : 0.3;
    model.per_dimension = {pick(0, 10), 0, pick(0, 1) * 1000, 0};
    client.per_dimension = {pick(0, 8), 0, 0, 0};
    client.concurrent = pick(0, 3);
    client.burst = pick(0, 1) ? 1 : 0.5;
    policy_ = {.whole = whole, .per_model = model, .per_client = client};
    policy_.budget = {.per_request = Money{90}, .per_day = Money{pick(100, 2000)}, .per_month = Money{3000}};
    policy_.breaker.failures = 3;
    admission_.configure("p", "k", policy_);
    admission_.configure({.budget = {.per_day = Money{1500}}, .user_budget = {.per_day = Money{800}}});
  }

  void run() {
    for (int step = 0; step < steps; ++step) {
      clock_.advance(milliseconds(pick(0, 1) * pick(0, pick(0, 9) ? 3000 : 40'000)));
      switch (pick(0, 5)) {
        case 0:
        case 1:
        case 2: ask(); break;
        case 3: settle_one(); break;
        case 4: look_at_all(); break;
        case 5: pick(0, 3) ? tell() : give_up(); break;
      }
      look_at_woken();
    }
    check_rates();
    finish();
  }

 private:
  struct Call {
    Ticket ticket = 0;
    int model, client;
    Demand demand;
    std::int64_t cost;
  };
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  void ask() {
    static const std::array<std::string, 3> names{"a", "b", "c"};
    Call call{.model = static_cast<int>(pick(0, 1)),
              .client = static_cast<int>(pick(0, 2)),
              .demand = {1, pick(1, 400)},
              .cost = pick(0, 100)};
    call.demand.output = pick(0, call.demand.tokens);
    Ask what{.provider = "p", .model = names[static_cast<std::size_t>(call.model)], .key = "k"};
    what.client = what.user = names[static_cast<std::size_t>(call.client)];
    what.tokens = call.demand.tokens;
    what.output = call.demand.output;
    what.least_tokens = pick(0, call.demand.tokens - call.demand.output);
    what.cost = Money{call.cost};
    what.priority = static_cast<Priority>(pick(0, 2));
    what.deadline = clock_.now() + milliseconds(pick(0, 200'000));
    const auto [ticket, decision] = admission_.ask(what, clock_.now(), clock_.wall());
    call.ticket = ticket;
    for (const RateLimits* limits : {&policy_.whole, &policy_.per_model}) {
      Meter(*limits).cut_down(call.demand, what.least_tokens);
    }
    take(call, decision);
  }

  void take(const Call& call, const Decision& decision) {
    if (std::holds_alternative<Queued>(decision)) waiting_.push_back(call);
    if (!std::holds_alternative<Admitted>(decision)) return;
    running_.push_back(call);
    made_.push_back({clock_.now(), call.model, call.client, call.demand});
    check_moment(call.client);
  }

  void look(Ticket ticket) {
    const auto found = std::ranges::find(waiting_, ticket, &Call::ticket);
    if (found == waiting_.end()) return;
    const Call call = *found;
    waiting_.erase(found);
    take(call, admission_.look(ticket, clock_.now(), clock_.wall()));
  }
  void look_at_woken() {
    for (auto woken = admission_.take_woken(); !woken.empty(); woken = admission_.take_woken()) {
      for (const Ticket ticket : woken) look(ticket);
    }
  }
  void look_at_all() {
    for (const Call& call : std::vector<Call>(waiting_)) look(call.ticket);
  }

  void settle_one() {
    if (running_.empty()) return;
    const auto at = running_.begin() + pick(0, static_cast<std::int64_t>(running_.size()) - 1);
    const Call call = *at;
    running_.erase(at);
    const std::int64_t output = pick(0, call.demand.output), input = pick(0, call.demand.tokens - call.demand.output);
    const Demand used{1, input + output, output, pick(0, input)};
    const std::int64_t paid = pick(0, call.cost);
    for (Made& one : made_) {
      if (one.client == call.client && one.model == call.model && one.used == call.demand) {
        one.used = used;
        break;
      }
    }
    spent_ += paid;
    spent_by_[static_cast<std::size_t>(call.client)] += paid;
    Outcome outcome{.tokens = used.tokens,
                    .output = used.output,
                    .cached = used.cached,
                    .cost = Money{paid},
                    .health = static_cast<Health>(pick(0, 2))};
    admission_.settle(call.ticket, outcome, clock_.now(), clock_.wall(), 0.5);
  }

  /// Any news at all, true or not.
  void tell() {
    if (running_.empty()) return;
    LimitReport report;
    report.of(Dimension::requests_per_minute) = {
        .limit = pick(0, 50), .remaining = pick(-5, 60), .reset = milliseconds(pick(-10, 90'000))};
    report.of(Dimension::tokens_per_minute) = {.remaining = pick(0, 4000)};
    report.refused = pick(0, 5) == 0;
    admission_.report(running_.back().ticket, report, clock_.now());
  }

  void give_up() {
    if (waiting_.empty()) return;
    admission_.leave(waiting_.back().ticket, clock_.now(), clock_.wall());
    waiting_.pop_back();
  }

  void check_moment(int client) {
    const auto running = static_cast<std::int64_t>(running_.size());
    const auto of_client = std::ranges::count(running_, client, &Call::client);
    if (policy_.whole.concurrent > 0) ASSERT_LE(running, policy_.whole.concurrent);
    if (policy_.per_client.concurrent > 0) ASSERT_LE(of_client, policy_.per_client.concurrent);
    std::int64_t most = spent_;
    std::array<std::int64_t, 3> most_of = spent_by_;
    for (const Call& call : running_) most += call.cost, most_of[static_cast<std::size_t>(call.client)] += call.cost;
    ASSERT_LE(most, policy_.budget.per_day->picodollars);
    ASSERT_LE(most, 1500);
    for (const std::int64_t user : most_of) ASSERT_LE(user, 800);
    if (policy_.whole.of(Dimension::requests_per_day) > 0) {
      ASSERT_LE(static_cast<std::int64_t>(made_.size()), policy_.whole.of(Dimension::requests_per_day));
    }
  }

  /// No minute, wherever it begins, holds more than is allowed.
  void check_rates() const {
    for (const Made& first : made_) {
      std::int64_t calls = 0, tokens = 0, input = 0, output = 0, of_model = 0, tokens_of_model = 0, of_client = 0;
      for (const Made& one : made_) {
        if (one.at < first.at || one.at >= first.at + 60s) continue;
        ++calls, tokens += one.used.tokens, output += one.used.output;
        input += one.used.of(Dimension::input_tokens_per_minute);
        if (one.model == first.model) ++of_model, tokens_of_model += one.used.tokens;
        if (one.client == first.client) ++of_client;
      }
      const auto holds = [](std::int64_t used, std::int64_t limit) { return limit == 0 || used <= limit; };
      ASSERT_TRUE(holds(calls, policy_.whole.of(Dimension::requests_per_minute)));
      ASSERT_TRUE(holds(tokens, policy_.whole.of(Dimension::tokens_per_minute)));
      ASSERT_TRUE(holds(input, policy_.whole.of(Dimension::input_tokens_per_minute)));
      ASSERT_TRUE(holds(output, policy_.whole.of(Dimension::output_tokens_per_minute)));
      ASSERT_TRUE(holds(of_model, policy_.per_model.of(Dimension::requests_per_minute)));
      ASSERT_TRUE(holds(tokens_of_model, policy_.per_model.of(Dimension::tokens_per_minute)));
      ASSERT_TRUE(holds(of_client, policy_.per_client.of(Dimension::requests_per_minute)));
    }
  }

  /// Everybody who waits gets an answer, and then nothing is held any more.
  void finish() {
    for (int round = 0; round < 400 && !(waiting_.empty() && running_.empty()); ++round) {
      while (!running_.empty()) {
        admission_.settle(running_.back().ticket, {}, clock_.now(), clock_.wall(), 0);
        running_.pop_back();
      }
      clock_.advance(10s);
      look_at_all();
      look_at_woken();
    }
    ASSERT_TRUE(waiting_.empty());
    for (const LaneStatus& lane : admission_.lanes(clock_.now())) {
      ASSERT_EQ(lane.in_flight, 0);
      ASSERT_EQ(lane.waiting, 0U);
    }
    for (const BudgetStatus& budget : admission_.budgets(clock_.wall())) ASSERT_EQ(budget.reserved, Money{});
  }

  std::mt19937 random_;
  ManualClock clock_;
  ProviderPolicy policy_;
  Admission admission_;
  std::vector<Call> waiting_, running_;
  std::vector<Made> made_;
  std::int64_t spent_ = 0;
  std::array<std::int64_t, 3> spent_by_{};
};

TEST(AdmissionProperty, NoScheduleOvershootsAnyLimitOrBudget) {
  for (int seed = 0; seed < schedules; ++seed) {
    Schedule(static_cast<std::uint32_t>(seed)).run();
    if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace convoke::limits
