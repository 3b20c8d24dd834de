#include "llm/metered_provider.hpp"

#include <gmock/gmock.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/run.hpp"
#include "llm/scripted_provider.hpp"

namespace convoke {
namespace {

using namespace asio::experimental::awaitable_operators;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A metered provider around a scripted one, with what it wrote down.
struct Fixture {
  Fixture() {
    auto owned = std::make_unique<ScriptedProvider>();
    model = owned.get();
    const PriceTable::Models models{{"openai/m", Price{.rates = {.input = {10}, .output = {100}}}}};
    Metering metering{.pricing = {.name = "openai", .table = std::make_shared<PriceTable>("2026-11-23", models)},
                      .key = "OPENAI_API_KEY"};
    metering.open = [this](ModelCall call) -> Task<Result<void>> {
      opened.push_back(std::move(call));
      co_return open_result;
    };
    metering.close = [this](ModelCall call) { closed.push_back(std::move(call)); };
    provider = std::make_unique<MeteredProvider>(std::move(owned), std::move(metering), clock);
  }

  Prompt prompt(std::string name = "m") {
    Prompt made{.model = std::move(name), .messages = {user_message("Hello?")}};
    made.account.origin = {.purpose = "title", .user = "ada", .conversation_id = "c1", .request_id = "r1"};
    made.account.on_call = [this](const ModelCall& call) { told.push_back(call); };
    return made;
  }
  ReplyResult ask(Prompt asked) {
    return run(provider->reply(std::move(asked), [](const Delta&) {}));
  }
  Reply with_usage(Usage usage, std::string name = "m") {
    return {.message = assistant_message("Hi."), .model = std::move(name), .usage = usage};
  }

  ManualClock clock;
  ScriptedProvider* model = nullptr;
  std::unique_ptr<MeteredProvider> provider;
  Result<void> open_result;
  std::vector<ModelCall> opened, closed, told;
};

TEST(MeteredProvider, AFailedCallThatUsedNothingCostsNothingByNoList) {
  Fixture f;
  f.model->will_fail(ReplyError{.error = {Errc::unavailable, "503"}, .kind = FailureKind::server});

  EXPECT_FALSE(f.ask(f.prompt("a-model-in-no-list")));

  EXPECT_EQ(f.closed[0].cost, Money{});
  EXPECT_EQ(f.closed[0].cost_source, CostSource::nothing);
}

TEST(MeteredProvider, CountsWhatTheProviderHadNotCountedOfAnAnswerWeHaveEnded) {
  Fixture f;
  Reply cut = f.with_usage({.input_tokens = 50, .output_tokens = 1, .total_tokens = 51});
  cut.message = assistant_message(std::string(4'000, 'a'));
  cut.is_cut_by_us = true;
  f.model->will_reply(cut);

  ASSERT_TRUE(f.ask(f.prompt()));

  EXPECT_EQ(f.closed[0].usage.input_tokens, 50);
  EXPECT_GE(f.closed[0].usage.output_tokens, 1'000);
  EXPECT_TRUE(f.closed[0].usage.estimated);
}

TEST(MeteredProvider, WritesDownWhoUsedWhatAndWhatItCost) {
  Fixture f;
  f.model->will_reply(f.with_usage({.input_tokens = 50, .output_tokens = 7, .total_tokens = 57}));

  ASSERT_TRUE(f.ask(f.prompt()));

  ASSERT_THAT(f.closed, SizeIs(1));
  const ModelCall& call = f.closed[0];
  EXPECT_EQ(call.provider, "openai");
  EXPECT_EQ(call.model, "m");
  EXPECT_EQ(call.key, "OPENAI_API_KEY");
  EXPECT_EQ(call.origin, (CallOrigin{"title", "ada", "c1", "r1"}));
  EXPECT_EQ(call.status, CallStatus::completed);
  EXPECT_EQ(call.cost, Money{50 * 10 + 7 * 100});
  EXPECT_EQ(call.cost_source, CostSource::price_list);
  EXPECT_EQ(f.told, f.closed);
}

TEST(MeteredProvider, ReservesTheMostACallMayCostBeforeItIsSent) {
  Fixture f;
  f.model->will_reply(f.with_usage({.input_tokens = 5, .output_tokens = 7, .total_tokens = 12}));
  Prompt prompt = f.prompt();
  prompt.max_output_tokens = 1'000;

  ASSERT_TRUE(f.ask(prompt));

  ASSERT_THAT(f.opened, SizeIs(1));
  EXPECT_EQ(f.opened[0].id, f.closed[0].id);
  EXPECT_EQ(f.opened[0].cost_source, CostSource::reserved);
  EXPECT_GE(*f.opened[0].cost, Money{1'000 * 100});
}

TEST(MeteredProvider, TakesAReservationThatWasMadeAlready) {
  Fixture f;
  f.model->will_say("Hi.");
  Prompt prompt = f.prompt();
  prompt.account.reserved = Reservation{Money{123}, 5, 7};

  ASSERT_TRUE(f.ask(prompt));

  EXPECT_EQ(f.opened[0].cost, Money{123});
  EXPECT_EQ(f.opened[0].usage.input_tokens, 5);
  EXPECT_EQ(f.opened[0].usage.output_tokens, 7);
}

TEST(MeteredProvider, MakesNoCallThatCannotBeWrittenDown) {
  Fixture f;
  f.open_result = fail(Errc::unavailable, "the disk is full");

  const auto reply = f.ask(f.prompt());

  EXPECT_EQ(reply.error().error.message, "noting what the call may cost: the disk is full");
  EXPECT_THAT(f.model->prompts(), IsEmpty());
  EXPECT_THAT(f.closed, IsEmpty());
}

TEST(MeteredProvider, BelievesTheProvidersOwnFigure) {
  Fixture f;
  f.model->will_reply(f.with_usage({.input_tokens = 50, .output_tokens = 7, .cost = Money{42}}));
  ASSERT_TRUE(f.ask(f.prompt()));
  EXPECT_EQ(f.closed[0].cost, Money{42});
  EXPECT_EQ(f.closed[0].cost_source, CostSource::provider);
}

TEST(MeteredProvider, DoesNotBelieveThatAProviderPaysForBeingAsked) {
  Fixture f;
  f.model->will_reply(f.with_usage({.input_tokens = 50, .output_tokens = 7, .cost = Money{-42}}));
  ASSERT_TRUE(f.ask(f.prompt()));
  EXPECT_EQ(f.closed[0].cost, Money{50 * 10 + 7 * 100});
  EXPECT_EQ(f.closed[0].cost_source, CostSource::price_list);
}

TEST(MeteredProvider, SaysThatACostIsUnknownRatherThanNothing) {
  Fixture f;
  f.model->will_reply(f.with_usage({.input_tokens = 50, .output_tokens = 7}, "new-model"));
  ASSERT_TRUE(f.ask(f.prompt("new-model")));
  EXPECT_EQ(f.closed[0].cost, std::nullopt);
  EXPECT_EQ(f.closed[0].cost_source, CostSource::unknown);
  EXPECT_EQ(f.opened[0].cost, std::nullopt);
}

TEST(MeteredProvider, PricesAModelByTheNameItWasAskedForWhenItsAnswerNamesAnother) {
  Fixture f;
  f.model->will_reply(f.with_usage({.input_tokens = 1, .output_tokens = 1}, "m-internal-build-7"));
  ASSERT_TRUE(f.ask(f.prompt()));
  EXPECT_EQ(f.closed[0].model, "m-internal-build-7");
  EXPECT_EQ(f.closed[0].cost, Money{110});
}

TEST(MeteredProvider, CountsItselfWhatTheProviderDoesNotAndSaysSo) {
  Fixture f;
  f.model->will_reply(f.with_usage({}));
  Prompt prompt = f.prompt();
  prompt.account.count = [](const Message& answer) {
    EXPECT_EQ(answer.text(), "Hi.");
    return Usage{.input_tokens = 3, .output_tokens = 2, .total_tokens = 5, .estimated = true};
  };

  const auto reply = f.ask(prompt);

  EXPECT_EQ(reply->usage.input_tokens, 3);
  EXPECT_EQ(f.closed[0].usage, reply->usage);
  EXPECT_EQ(f.closed[0].cost, Money{230});
}

TEST(MeteredProvider, ChargesNothingForARefusedCall) {
  Fixture f;
  f.model->will_fail({.error = {Errc::rate_limited, "slow down", {}}, .kind = FailureKind::rate_limit});

  ASSERT_FALSE(f.ask(f.prompt()));

  EXPECT_EQ(f.closed[0].status, CallStatus::failed);
  EXPECT_EQ(f.closed[0].error, "rate_limit");
  EXPECT_EQ(f.closed[0].cost, Money{});
  EXPECT_EQ(f.closed[0].usage, Usage{});
}

TEST(MeteredProvider, ChargesABrokenAnswerForWhatHadArrived) {
  Fixture f;
  f.model->will_fail({.error = {Errc::protocol, "cut off", {}},
                      .partial = assistant_message("Once upon a time"),
                      .kind = FailureKind::network});

  ASSERT_FALSE(f.ask(f.prompt()));

  EXPECT_EQ(f.closed[0].status, CallStatus::failed);
  EXPECT_GT(f.closed[0].usage.output_tokens, 0);
  EXPECT_TRUE(f.closed[0].usage.estimated);
  EXPECT_GT(*f.closed[0].cost, Money{});
}

TEST(MeteredProvider, ChargesABrokenAnswerForWhatTheProviderHadCounted) {
  Fixture f;
  f.model->will_fail({.error = {Errc::unavailable, "overloaded", {}},
                      .partial = assistant_message("Once upon a time, far away from here"),
                      .kind = FailureKind::overloaded,
                      .usage = {.input_tokens = 142, .output_tokens = 1, .total_tokens = 143, .cached_tokens = 100}});

  ASSERT_FALSE(f.ask(f.prompt()));

  EXPECT_EQ(f.closed[0].usage.input_tokens, 142);
  EXPECT_EQ(f.closed[0].usage.cached_tokens, 100);
  EXPECT_GT(f.closed[0].usage.output_tokens, 1);
  EXPECT_TRUE(f.closed[0].usage.estimated);
}

TEST(MeteredProvider, BelievesAProvidersFigureForABrokenAnswer) {
  Fixture f;
  const Usage told{.input_tokens = 10, .output_tokens = 1, .total_tokens = 11, .cost = Money{7}};
  f.model->will_fail({.error = {Errc::unavailable, "reset", {}},
                      .partial = assistant_message("Once upon a time there was a king."),
                      .usage = told});

  EXPECT_FALSE(f.ask(f.prompt()));

  ASSERT_THAT(f.closed, SizeIs(1));
  EXPECT_EQ(f.closed[0].usage, told);
  EXPECT_EQ(f.closed[0].cost, Money{7});
  EXPECT_EQ(f.closed[0].cost_source, CostSource::provider);
}

TEST(MeteredProvider, ChargesACancelledCallForWhatHadArrived) {
  Fixture f;
  f.model->will_say_and_hang("Once upon a time");

  run([](Fixture& fixture) -> Task<> {
    co_await (fixture.provider->reply(fixture.prompt(), [](const Delta&) {}) || sleep_for(10ms));
  }(f));

  ASSERT_THAT(f.closed, SizeIs(1));
  EXPECT_EQ(f.closed[0].status, CallStatus::cancelled);
  EXPECT_GT(f.closed[0].usage.output_tokens, 0);
  EXPECT_EQ(f.told, f.closed);
}

TEST(MeteredProvider, PassesEverythingOn) {
  Fixture f;
  f.model->will_say("one two");
  std::string shown;

  const auto reply = run(f.provider->reply(f.prompt(), [&](const Delta& delta) {
    if (const auto* text = std::get_if<TextDelta>(&delta)) shown += text->text;
  }));

  EXPECT_EQ(shown, "one two");
  EXPECT_EQ(reply->message.text(), "one two");
  EXPECT_EQ(f.model->last_prompt().messages, f.prompt().messages);
}

TEST(Pricing, PrefersTheConfigurationThenTheEntrysNameThenItsKind) {
  const PriceTable::Models models{{"work/m", Price{.rates = {.input = {1}}}},
                                  {"openai/m", Price{.rates = {.input = {2}}}},
                                  {"openai/n", Price{.rates = {.input = {3}}}}};
  Pricing pricing{.name = "work", .kind = "openai", .table = std::make_shared<PriceTable>("2026-11-23", models)};
  EXPECT_EQ(pricing.price_of("m")->rates.input, Money{1});
  EXPECT_EQ(pricing.price_of("n")->rates.input, Money{3});
  EXPECT_EQ(pricing.price_of("o"), std::nullopt);
  pricing.own = Price{};
  EXPECT_EQ(pricing.price_of("m"), Price{});
  EXPECT_EQ(pricing.price_of("o"), Price{});
}

}  // namespace
}  // namespace convoke
