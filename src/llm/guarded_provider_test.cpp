#include "llm/guarded_provider.hpp"

#include <gmock/gmock.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/run.hpp"
#include "llm/metered_provider.hpp"
#include "llm/scripted_provider.hpp"

namespace convoke {
namespace {

using namespace asio::experimental::awaitable_operators;
using limits::CircuitBreaker;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

/// Tells a limit before each answer, as the headers of a real one do.
class TellingProvider final : public Provider {
 public:
  explicit TellingProvider(std::unique_ptr<Provider> inner) : inner_(std::move(inner)) {}
  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override {
    on_delta(LimitsTold{report});
    co_return co_await inner_->reply(std::move(prompt), std::move(on_delta));
  }
  limits::LimitReport report;

 private:
  std::unique_ptr<Provider> inner_;
};

/// A guarded provider "acme" around a scripted one, at a dollar for a token of input and ten for one of output.
struct Fixture {
  explicit Fixture(const limits::ProviderPolicy& policy = {}, milliseconds slow_call = {})
      : gate(clock, metrics, Log{}) {
    gate.configure("acme", "key", policy);
    auto scripted = std::make_unique<ScriptedProvider>();
    model = scripted.get();
    auto telling = std::make_unique<TellingProvider>(std::move(scripted));
    told = telling.get();
    const Money dollar{picodollars_per_dollar};
    const Pricing pricing{.name = "acme",
                          .own = Price{.rates = {.input = dollar, .output = {10 * dollar.picodollars}}}};
    provider = std::make_unique<GuardedProvider>(
        std::make_unique<MeteredProvider>(std::move(telling), Metering{.pricing = pricing, .key = "key"}, clock),
        Guarding{.provider = "acme",
                 .key = "key",
                 .pricing = pricing,
                 .queue_timeout = policy.queue_timeout,
                 .slow_call = slow_call,
                 .has_budget = policy.budget.any()},
        gate, clock);
  }
  Task<ReplyResult> call(std::string client = "ann") {
    Prompt prompt{.model = "m", .messages = {user_message("Hello?")}};
    prompt.terms.client = std::move(client);
    return provider->reply(std::move(prompt), [this](const Delta& delta) {
      if (const auto* waiting = std::get_if<WaitingTurn>(&delta)) waits.push_back(*waiting);
      if (on_text && std::holds_alternative<TextDelta>(delta)) on_text();
    });
  }
  ReplyResult ask() { return run(loop, call()); }
  limits::LaneStatus lane() { return gate.lanes().at(0); }
  static Reply used(std::int64_t input, std::int64_t output) {
    return {.message = assistant_message("Hi."), .usage = {.input_tokens = input, .output_tokens = output}};
  }

  asio::io_context loop{1};
  ManualClock clock;
  Metrics metrics;
  CallGate gate;
  ScriptedProvider* model = nullptr;
  TellingProvider* told = nullptr;
  std::unique_ptr<GuardedProvider> provider;
  std::vector<WaitingTurn> waits;
  std::function<void()> on_text;
};

limits::ProviderPolicy one_at_a_time() { return {.whole = {.concurrent = 1}}; }

/// A dollar for a token in, ten for one out.
ReplyResult ask_with_money(Fixture& f, int dollars, std::optional<int> max_output_tokens = 1'000) {
  Prompt prompt{.model = "m", .messages = {user_message("Hello?")}, .max_output_tokens = max_output_tokens};
  prompt.terms.prompt_tokens = 100;
  prompt.terms.money_left = [dollars] { return Money{dollars * picodollars_per_dollar}; };
  return run(f.loop, f.provider->reply(std::move(prompt), [](const Delta&) {}));
}

TEST(GuardedProvider, KeepsAnAnswerAsShortAsItsAskerCanPayFor) {
  Fixture f;
  f.model->will_say("Hi.");

  EXPECT_TRUE(ask_with_money(f, 1'100));

  EXPECT_EQ(f.model->last_prompt().max_output_tokens, 100);
}

TEST(GuardedProvider, LimitsAnAnswerThatHasNoLimitOnlyWhereMoneyMatters) {
  Fixture f;
  f.model->will_say("Hi.");

  EXPECT_TRUE(ask_with_money(f, 100'000'000 / 1'000, std::nullopt));

  EXPECT_THAT(f.model->last_prompt().max_output_tokens, testing::Optional(Le(10'000)));
}

TEST(GuardedProvider, DoesNotAskWhatItsAskerCannotPayFor) {
  Fixture f;

  const auto reply = ask_with_money(f, 150);

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().error.code, Errc::exhausted);
  EXPECT_EQ(reply.error().kind, FailureKind::too_dear);
  EXPECT_EQ(reply.error().error.message,
            "the request may cost up to $10100, and $150 is left of what the answer may cost");
  EXPECT_THAT(f.model->prompts(), IsEmpty());
}

TEST(GuardedProvider, LetsACallPassAndSettlesIt) {
  Fixture f;
  f.model->will_say("Hi.");

  ASSERT_TRUE(f.ask());

  EXPECT_EQ(f.lane().admitted, 1U);
  EXPECT_EQ(f.lane().in_flight, 0);
  EXPECT_THAT(f.waits, IsEmpty());
}

TEST(GuardedProvider, ACallThatHasToWaitSaysSoAndIsMadeInItsTurn) {
  Fixture f(one_at_a_time());
  f.model->pause_between_words(milliseconds(2));
  for (int i = 0; i < 3; ++i) f.model->will_say("one two three");

  auto three = [&f]() -> Task<> {
    auto [first, second, third] = co_await (f.call() && f.call() && f.call());
    EXPECT_TRUE(first && second && third);
  };
  run(f.loop, three());

  ASSERT_THAT(f.waits, SizeIs(Ge(2U)));
  EXPECT_EQ(f.waits[0].place, 1U);
  EXPECT_EQ(f.waits[1].place, 2U);
  EXPECT_EQ(f.waits[0].reason, "rate_limit");
  EXPECT_EQ(f.lane().admitted, 3U);
}

TEST(GuardedProvider, RefusesAtOnceWhatCannotStartInTime) {
  limits::RateLimits one;
  one.per_dimension[index_of(limits::Dimension::requests_per_minute)] = 1;
  Fixture f({.whole = one, .queue_timeout = milliseconds(10'000)});
  f.model->will_say("Hi.");
  ASSERT_TRUE(f.ask());

  const auto refused = f.ask();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, Errc::rate_limited);
  EXPECT_THAT(*refused.error().error.retry_after, AllOf(Ge(milliseconds(50'000)), Le(milliseconds(61'000))));
  EXPECT_EQ(refused.error().retry, RetryAdvice::never);
  EXPECT_THAT(f.model->prompts(), SizeIs(1));
}

TEST(GuardedProvider, ACallThatIsCancelledWhileItWaitsGivesItsPlaceUp) {
  Fixture f(one_at_a_time());
  f.model->will_hang();
  auto impatient = [&f]() -> Task<> { co_await (f.call() || f.call("bob") || sleep_for(milliseconds(5))); };
  run(f.loop, impatient());

  EXPECT_EQ(f.lane().waiting, 0U);
  EXPECT_EQ(f.lane().in_flight, 0);
  f.model->will_say("Hi.");
  EXPECT_TRUE(f.ask());
}

TEST(GuardedProvider, KeepsToWhatTheProviderTellsOfItsLimits) {
  Fixture f({.queue_timeout = milliseconds(0)});
  f.told->report.of(limits::Dimension::requests_per_minute) = {.limit = 60, .remaining = 0};
  f.model->will_say("Hi.");
  ASSERT_TRUE(f.ask());

  EXPECT_EQ(f.ask().error().error.code, Errc::rate_limited);
  f.clock.advance(milliseconds(61'000));
  f.model->will_say("Hi.");
  EXPECT_TRUE(f.ask());
}

TEST(GuardedProvider, AsksNothingWhileTheProviderWantsToBeLeftAlone) {
  Fixture f({.queue_timeout = milliseconds(1000)});
  f.model->will_fail({.error = {Errc::rate_limited, "slow down", milliseconds(5000)},
                      .kind = FailureKind::rate_limit,
                      .retry = RetryAdvice::unchanged});
  EXPECT_EQ(f.ask().error().error.message, "slow down");

  EXPECT_EQ(f.ask().error().error.retry_after, milliseconds(4000));
  EXPECT_THAT(f.model->prompts(), SizeIs(1));
  EXPECT_EQ(f.lane().rate_limited, 1U);
  EXPECT_EQ(f.lane().breaker, CircuitBreaker::State::closed);
}

TEST(GuardedProvider, OpensTheBreakerOnOutagesAndNotOnRejectedPrompts) {
  Fixture f({.queue_timeout = milliseconds(0)});
  for (int i = 0; i < 10; ++i) {
    f.model->will_fail({.error = {Errc::invalid_input, "no"}, .kind = FailureKind::invalid_request});
    f.ask();
  }
  EXPECT_EQ(f.lane().breaker, CircuitBreaker::State::closed);
  for (int i = 0; i < 30 && f.lane().breaker == CircuitBreaker::State::closed; ++i) {
    f.model->will_fail({.error = {Errc::unavailable, "down"}, .kind = FailureKind::server});
    f.ask();
  }
  EXPECT_EQ(f.lane().breaker, CircuitBreaker::State::open);

  const auto refused = f.ask();

  EXPECT_EQ(refused.error().error.code, Errc::unavailable);
  EXPECT_THAT(refused.error().error.message, HasSubstr("does not work at the moment"));
  ASSERT_TRUE(refused.error().error.retry_after);
  f.clock.advance(milliseconds(5000));
  f.model->will_say("Hi.");
  EXPECT_TRUE(f.ask());
  EXPECT_EQ(f.lane().breaker, CircuitBreaker::State::closed);
}

TEST(GuardedProvider, ASlowFirstWordCountsAgainstTheModel) {
  Fixture f({.queue_timeout = milliseconds(0)}, milliseconds(1000));
  for (int i = 0; i < 5; ++i) {
    f.model->will_say("Hi.");
    auto slowly = [&f]() -> Task<> { co_await f.call(); };
    f.told->report = {};
    f.model->pause_between_words(milliseconds(1));
    auto late = [&f]() -> Task<> {
      f.clock.advance(milliseconds(1500));
      co_return;
    };
    auto both = [&]() -> Task<> { co_await (slowly() && late()); };
    run(f.loop, both());
  }
  EXPECT_EQ(f.lane().breaker, CircuitBreaker::State::open);
}

TEST(GuardedProvider, ReservesWhatACallMayCostAndSettlesWhatItDid) {
  const Money limit{1000 * picodollars_per_dollar};
  Fixture f({.budget = {.per_day = limit}});
  Prompt prompt{.model = "m", .messages = {user_message("Hello?")}, .max_output_tokens = 50};
  f.model->will_reply(Fixture::used(100, 20));
  ASSERT_TRUE(run(f.loop, f.provider->reply(prompt, [](const Delta&) {})));

  const auto budget = f.gate.budgets().at(0);
  EXPECT_EQ(budget.state.spent_in_day, (Money{300 * picodollars_per_dollar}));
  EXPECT_EQ(budget.reserved, Money{});
  prompt.max_output_tokens = 100;
  const auto refused = run(f.loop, f.provider->reply(prompt, [](const Delta&) {}));
  EXPECT_EQ(refused.error().error.code, Errc::exhausted);
  EXPECT_THAT(refused.error().error.message, HasSubstr("is used up: $300.0000 of $1000.0000 are spent"));
}

TEST(GuardedProvider, BoundsAnAnswerThatABudgetHasToPayFor) {
  Fixture f({.budget = {.per_day = Money{INT64_MAX / 2}}});
  f.model->will_say("Hi.");
  ASSERT_TRUE(f.ask());
  EXPECT_EQ(f.model->last_prompt().max_output_tokens, 16'384);
}

/// Says far more than it may, until it is told to stop.
class TalkativeProvider final : public Provider {
 public:
  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override {
    Reply reply{.is_cut_by_us = false};
    std::string said;
    for (int i = 0; i < 100'000 && !reply.is_cut_by_us; ++i) {
      said += "word ";
      on_delta(TextDelta{"word "});
      reply.is_cut_by_us = prompt.terms.is_too_long && prompt.terms.is_too_long();
    }
    reply.message = assistant_message(said);
    co_return reply;
  }
};

TEST(GuardedProvider, EndsAnAnswerThatOutgrowsWhatABudgetHasReservedForIt) {
  Fixture f({.budget = {.per_day = Money{INT64_MAX / 2}}});
  std::vector<std::string> logged;
  capture_log([&](std::string_view line) { logged.emplace_back(line); });
  const Money cent{picodollars_per_dollar / 100};
  const Pricing pricing{.name = "acme", .own = Price{.rates = {.input = cent, .output = cent}}};
  GuardedProvider provider(
      std::make_unique<MeteredProvider>(std::make_unique<TalkativeProvider>(), Metering{.pricing = pricing}, f.clock),
      {.provider = "acme", .key = "key", .pricing = pricing, .has_budget = true}, f.gate, f.clock);

  const auto reply =
      run(f.loop, provider.reply({.model = "m", .messages = {user_message("Hello?")}, .max_output_tokens = 100},
                                 [](const Delta&) {}));
  capture_log({});

  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->is_cut_by_us);
  EXPECT_LT(reply->usage.output_tokens, 500);
  EXPECT_EQ(f.gate.budgets().at(0).state.spent_in_day.picodollars, reply->usage.total_tokens * cent.picodollars);
  EXPECT_THAT(logged, testing::Contains(AllOf(HasSubstr("llm.max_tokens_ignored"), HasSubstr("acme"))));
}

TEST(GuardedProvider, LetsAnAnswerBeAsLongAsItLikesWhereNoMoneyIsReserved) {
  Fixture f;
  f.model->will_say("Hi.");
  ASSERT_TRUE(f.ask());
  EXPECT_FALSE(f.model->last_prompt().terms.is_too_long);
}

TEST(GuardedProvider, ACancelledCallPaysForWhatItHeard) {
  Fixture f({.budget = {.per_day = Money{INT64_MAX / 2}}});
  f.model->will_say_and_hang("one two three");
  auto impatient = [&f]() -> Task<> { co_await (f.call() || sleep_for(milliseconds(5))); };
  run(f.loop, impatient());

  const auto budget = f.gate.budgets().at(0);
  EXPECT_EQ(budget.reserved, Money{});
  EXPECT_GT(budget.state.spent_in_day, Money{});
  EXPECT_LT(budget.state.spent_in_day.picodollars, 200 * picodollars_per_dollar);
}

TEST(GuardedProvider, CountsExactlyWhereSomebodyCan) {
  limits::RateLimits tokens;
  tokens.per_dimension[index_of(limits::Dimension::tokens_per_minute)] = 1000;
  Fixture f({.whole = tokens});
  Prompt prompt{.model = "m", .messages = {user_message("Hello?")}};
  prompt.terms.prompt_tokens = 1001;
  const auto refused = run(f.loop, f.provider->reply(prompt, [](const Delta&) {}));
  EXPECT_EQ(refused.error().kind, FailureKind::too_large_for_rate);
  EXPECT_THAT(refused.error().error.message, HasSubstr("1001 tokens"));
}

}  // namespace
}  // namespace convoke
