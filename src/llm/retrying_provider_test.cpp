#include "llm/retrying_provider.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "llm/scripted_provider.hpp"

namespace convoke {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// A retrying provider around a scripted one; its waits are written down instead of waited.
struct Fixture {
  Fixture() {
    auto owned = std::make_unique<ScriptedProvider>();
    model = owned.get();
    provider = std::make_unique<RetryingProvider>(
        std::move(owned), RetryPolicy{}, Log{},
        [this](milliseconds wait) -> Task<> {
          waits.push_back(wait);
          co_return;
        },
        [] { return 0.0; });
  }

  ReplyResult ask() {
    return run(provider->reply({.model = "m", .temperature = 0.9}, [this](const Delta& delta) {
      if (const auto* retrying = std::get_if<Retrying>(&delta)) {
        told.push_back(std::to_string(retrying->attempt) + ": " + std::string(retrying->reason));
      }
    }));
  }

  ScriptedProvider* model = nullptr;
  std::unique_ptr<RetryingProvider> provider;
  std::vector<milliseconds> waits;
  std::vector<std::string> told;
};

ReplyError failure(RetryAdvice retry, std::optional<milliseconds> retry_after = {}) {
  return {.error = {Errc::unavailable, "out of order", retry_after}, .kind = FailureKind::server, .retry = retry};
}

TEST(RetryingProvider, AsksAgainAfterAPassingFailureAndTellsSo) {
  Fixture f;
  f.model->will_fail(failure(RetryAdvice::unchanged));
  f.model->will_fail(failure(RetryAdvice::unchanged));
  f.model->will_say("Here I am.");

  const ReplyResult reply = f.ask();

  EXPECT_EQ(reply.value().message.text(), "Here I am.");
  EXPECT_THAT(f.waits, ElementsAre(milliseconds(500), milliseconds(1000)));
  EXPECT_THAT(f.told, ElementsAre("2: out of order", "3: out of order"));
}

TEST(RetryingProvider, GivesUpAfterTheLastAttempt) {
  Fixture f;
  for (int i = 0; i < 3; ++i) f.model->will_fail(failure(RetryAdvice::unchanged));

  EXPECT_EQ(f.ask().error().error.message, "out of order");
  EXPECT_EQ(f.model->prompts().size(), 3U);
}

TEST(RetryingProvider, DoesNotRepeatWhatCannotHelp) {
  Fixture f;
  f.model->will_fail(failure(RetryAdvice::never));

  EXPECT_FALSE(f.ask().has_value());
  EXPECT_THAT(f.waits, IsEmpty());
}

TEST(RetryingProvider, NeverAsksAgainOnceSomethingWasShown) {
  Fixture f;
  ReplyError error = failure(RetryAdvice::unchanged);
  error.partial = assistant_message("Half an");
  f.model->will_fail(error);

  EXPECT_EQ(f.ask().error().partial.text(), "Half an");
  EXPECT_THAT(f.told, IsEmpty());
  EXPECT_EQ(f.model->prompts().size(), 1U);
}

TEST(RetryingProvider, WaitsAsLongAsTheProviderAsks) {
  Fixture f;
  f.model->will_fail(failure(RetryAdvice::unchanged, milliseconds(4770)));
  f.model->will_say("Yes.");

  EXPECT_TRUE(f.ask().has_value());
  EXPECT_THAT(f.waits, ElementsAre(milliseconds(4770)));
}

TEST(RetryingProvider, DoesNotWaitForHours) {
  Fixture f;
  f.model->will_fail(failure(RetryAdvice::unchanged, std::chrono::hours(3)));

  EXPECT_EQ(f.ask().error().error.retry_after, std::chrono::hours(3));
  EXPECT_THAT(f.waits, IsEmpty());
}

TEST(RetryingProvider, AsksCoolerAfterAnUnreadableToolCall) {
  Fixture f;
  f.model->will_fail(failure(RetryAdvice::cooler));
  f.model->will_say("Yes.");

  EXPECT_TRUE(f.ask().has_value());
  EXPECT_EQ(f.model->prompts()[0].temperature, 0.9);
  EXPECT_EQ(f.model->prompts()[1].temperature, 0.2);
}

}  // namespace
}  // namespace convoke
