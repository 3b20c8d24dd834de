#include "llm/fallback_provider.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "llm/scripted_provider.hpp"

namespace convoke {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ReplyError outage() { return {.error = {Errc::unavailable, "down"}, .kind = FailureKind::server}; }
ReplyError busy_for(milliseconds wait) {
  return {.error = {Errc::rate_limited, "busy", wait}, .kind = FailureKind::rate_limit};
}

struct Fixture {
  Fixture() {
    auto owned = std::make_unique<ScriptedProvider>();
    first = owned.get();
    provider = std::make_unique<FallbackProvider>(std::move(owned), "first", milliseconds(700), Log{});
    provider->fall_back_to({{&second, "second", "m2"}, {&third, "third", "m3"}});
  }
  ReplyResult ask() {
    return run(provider->reply({.model = "m1"}, [this](const Delta& delta) {
      if (const auto* text = std::get_if<TextDelta>(&delta)) words += text->text;
      if (const auto* fallback = std::get_if<FellBack>(&delta)) {
        steps.push_back(std::string(fallback->from_model) + ">" + std::string(fallback->model) + ": " +
                        std::string(fallback->reason));
      }
    }));
  }

  ScriptedProvider* first = nullptr;
  ScriptedProvider second, third;
  std::unique_ptr<FallbackProvider> provider;
  std::string words;
  std::vector<std::string> steps;
};

TEST(FallbackProvider, AsksItsOwnProviderFirst) {
  Fixture f;
  f.first->will_say("Hi.");
  EXPECT_EQ(f.ask()->message.text(), "Hi.");
  EXPECT_THAT(f.steps, IsEmpty());
  EXPECT_EQ(f.first->last_prompt().terms.patience, milliseconds(700));
}

TEST(FallbackProvider, AsksTheNextWithItsOwnModelWhenOneIsDown) {
  Fixture f;
  f.first->will_fail(outage());
  f.second.will_fail(outage());
  f.third.will_say("Here I am.");

  EXPECT_EQ(f.ask()->message.text(), "Here I am.");

  EXPECT_THAT(f.steps, ElementsAre("m1>m2: down", "m2>m3: down"));
  EXPECT_EQ(f.third.last_prompt().model, "m3");
}

TEST(FallbackProvider, NeverAsksAnotherOnceAWordWasShown) {
  Fixture f;
  f.first->will_fail(
      {.error = {Errc::unavailable, "cut"}, .partial = assistant_message("Once upon"), .kind = FailureKind::network});
  EXPECT_EQ(f.ask().error().error.message, "cut");
  EXPECT_EQ(f.words, "Once upon");
  EXPECT_THAT(f.second.prompts(), IsEmpty());
}

TEST(FallbackProvider, KeepsARejectedPromptToItself) {
  Fixture f;
  f.first->will_fail({.error = {Errc::denied, "filtered"}, .kind = FailureKind::content_filter});
  EXPECT_EQ(f.ask().error().error.message, "filtered");
  EXPECT_THAT(f.second.prompts(), IsEmpty());
}

TEST(FallbackProvider, TellsTheFirstErrorWhenNobodyCan) {
  Fixture f;
  f.first->will_fail(outage());
  f.second.will_fail({.error = {Errc::exhausted, "no credit"}, .kind = FailureKind::billing});
  f.third.will_fail({.error = {Errc::denied, "wrong key"}, .kind = FailureKind::authentication});
  EXPECT_EQ(f.ask().error().error.message, "down");
}

TEST(FallbackProvider, WaitsForWhoeverIsFreeSoonest) {
  Fixture f;
  f.first->will_fail(busy_for(milliseconds(9000)));
  f.second.will_fail(busy_for(milliseconds(2000)));
  f.third.will_fail(outage());
  f.second.will_say("My turn.");

  EXPECT_EQ(f.ask()->message.text(), "My turn.");

  EXPECT_THAT(f.second.prompts(), SizeIs(2));
  EXPECT_EQ(f.second.last_prompt().terms.patience, std::nullopt);
  EXPECT_EQ(f.steps.back(), "m3>m2: busy");
}

}  // namespace
}  // namespace convoke
