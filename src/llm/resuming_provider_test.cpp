#include "llm/resuming_provider.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "llm/fallback_provider.hpp"
#include "llm/scripted_provider.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ReplyError cut_after(std::string text, FailureKind kind = FailureKind::network) {
  return {.error = {Errc::unavailable, "reset by peer"},
          .partial = assistant_message(std::move(text)),
          .kind = kind,
          .retry = RetryAdvice::unchanged,
          .usage = {.input_tokens = 5, .output_tokens = 2, .total_tokens = 7}};
}

struct Fixture {
  explicit Fixture(bool resume = true) : options{.resume_partial = resume} {
    auto scripted = std::make_unique<ScriptedProvider>();
    model = scripted.get();
    provider = std::make_unique<ResumingProvider>(std::move(scripted), options, Log{});
  }

  ReplyResult ask() {
    return run(provider->reply({.model = "m", .messages = {user_message("Tell me")}}, [this](const Delta& delta) {
      if (const auto* text = std::get_if<TextDelta>(&delta)) shown += text->text;
      if (const auto* again = std::get_if<Resuming>(&delta)) resumed.push_back(again->attempt);
    }));
  }

  ResumeOptions options;
  ScriptedProvider* model = nullptr;
  std::unique_ptr<ResumingProvider> provider;
  std::string shown;
  std::vector<int> resumed;
};

TEST(ResumingProvider, GoesOnWithAnAnswerThatBrokeOffAndShowsNothingTwice) {
  Fixture f;
  f.model->will_fail(cut_after("Once upon a ti"));
  f.model->will_reply({.message = assistant_message("a time there was a king."),
                       .usage = {.input_tokens = 9, .output_tokens = 6, .total_tokens = 15}});

  const ReplyResult reply = f.ask();

  ASSERT_TRUE(reply) << reply.error().error.message;
  EXPECT_EQ(f.shown, "Once upon a time there was a king.");
  EXPECT_EQ(reply->message, assistant_message("Once upon a time there was a king."));
  EXPECT_EQ(reply->usage.total_tokens, 22);
  EXPECT_EQ(reply->resumed, 1);
  EXPECT_THAT(f.resumed, ElementsAre(1));
}

TEST(ResumingProvider, GivesTheModelWhatItHasSaid) {
  Fixture f;
  f.model->will_fail(cut_after("Half"));
  f.model->will_say(" and half");

  EXPECT_TRUE(f.ask().has_value());

  const auto& messages = f.model->last_prompt().messages;
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[1], assistant_message("Half"));
  EXPECT_THAT(messages[2].text(), HasSubstr("Continue it exactly where it stops"));
}

TEST(ResumingProvider, GoesOnMoreThanOnceButNotForEver) {
  Fixture f;
  f.model->will_fail(cut_after("one "));
  f.model->will_fail(cut_after("two "));
  f.model->will_fail(cut_after("three "));
  f.model->will_fail(cut_after("four "));

  const ReplyResult reply = f.ask();

  EXPECT_EQ(f.shown, "one two three four ");
  EXPECT_EQ(reply.error().partial, assistant_message("one two three four "));
  EXPECT_EQ(reply.error().usage.total_tokens, 28);
  EXPECT_TRUE(f.model->is_done());
}

TEST(ResumingProvider, ShowsNothingOfAContinuationThatBreaksOffWhileItRepeats) {
  Fixture f;
  f.model->will_fail(cut_after("one two three "));
  f.model->will_fail(cut_after("one two "));
  f.model->will_say("one two three four");

  EXPECT_TRUE(f.ask());

  EXPECT_EQ(f.shown, "one two three four");
}

TEST(ResumingProvider, KeepsWhatWasSaidWhenNobodyGoesOn) {
  Fixture f;
  f.model->will_fail(cut_after("Half"));
  f.model->will_fail(Errc::unavailable, "nobody there");

  const ReplyResult reply = f.ask();

  EXPECT_EQ(reply.error().error.message, "nobody there");
  EXPECT_EQ(reply.error().partial, assistant_message("Half"));
}

TEST(ResumingProvider, LeavesAnAnswerThatBrokeOffAloneWhereThatIsWanted) {
  Fixture f(false);
  f.model->will_fail(cut_after("Half"));

  EXPECT_EQ(f.ask().error().partial, assistant_message("Half"));
  EXPECT_THAT(f.resumed, ElementsAre());
}

/// One provider with another to turn to, as they are put together for a program.
struct Pair {
  Pair() {
    auto own = std::make_unique<ScriptedProvider>();
    first = own.get();
    auto falling_back = std::make_unique<FallbackProvider>(std::move(own), "first", std::chrono::seconds(1), Log{});
    falling_back->fall_back_to({{&second, "second", "m2"}});
    provider =
        std::make_unique<ResumingProvider>(std::move(falling_back), ResumeOptions{.resume_partial = true}, Log{});
  }
  ScriptedProvider second;
  ScriptedProvider* first = nullptr;
  std::unique_ptr<ResumingProvider> provider;
};

TEST(ResumingProvider, GoesOnWithAnotherProviderWhenTheFirstIsGone) {
  Pair pair;
  ReplyError cut = cut_after("Once upon a ti");
  cut.partial.parts.insert(cut.partial.parts.begin(), Reasoning{"A tale.", ""});
  pair.first->will_fail(std::move(cut));
  pair.first->will_fail({.error = {Errc::unavailable, "down"}, .kind = FailureKind::overloaded});
  Message rest = assistant_message("a time there was a king.");
  rest.parts.insert(rest.parts.begin(), Reasoning{"Go on.", "signed by the second"});
  rest.parts.push_back(ToolCall{"c1", "draw", "{}"});
  pair.second.will_reply({.message = rest, .finish_reason = FinishReason::tool_calls, .model = "m2"});

  std::string shown;
  const ReplyResult reply =
      run(pair.provider->reply({.model = "m1", .messages = {user_message("Tell me")}}, [&](const Delta& delta) {
        if (const auto* text = std::get_if<TextDelta>(&delta)) {
          shown += text->text;
        }
      }));

  ASSERT_TRUE(reply) << reply.error().error.message;
  EXPECT_EQ(shown, "Once upon a time there was a king.");
  EXPECT_EQ(reply->model, "m2");
  EXPECT_EQ(reply->message.parts,
            (std::vector<Part>{Reasoning{"A tale.", ""}, Reasoning{"Go on.", "signed by the second"},
                               Text{"Once upon a time there was a king."}, ToolCall{"c1", "draw", "{}"}}));
  EXPECT_EQ(pair.second.last_prompt().model, "m2");
  EXPECT_EQ(pair.second.last_prompt().messages[1], assistant_message("Once upon a ti"));
}

TEST(ResumingProvider, DoesNotGoOnWithWhatWasRefused) {
  Fixture f;
  f.model->will_fail(cut_after("Half", FailureKind::content_filter));

  EXPECT_FALSE(f.ask().has_value());
  EXPECT_TRUE(f.model->is_done());
}

TEST(ResumingProvider, TakesToolCallsOfTheContinuationOnly) {
  Fixture f;
  f.model->will_fail(cut_after("Let me see."));
  f.model->will_call("weather", {{"city", "Oslo"}});

  const ReplyResult reply = f.ask();

  EXPECT_EQ(reply->message,
            (Message{Role::assistant, {Text{"Let me see."}, ToolCall{"call_1", "weather", R"({"city":"Oslo"})"}}}));
  EXPECT_EQ(reply->finish_reason, FinishReason::tool_calls);
}

TEST(ResumingProvider, AsksAProviderThatPausedAgainWithItsOwnWords) {
  Fixture f(false);
  f.model->will_reply({.message = {Role::assistant, {Text{"Searching. "}, Reasoning{"", "raw"}}},
                       .finish_reason = FinishReason::paused});
  f.model->will_say("Found it.");

  const ReplyResult reply = f.ask();

  EXPECT_EQ(reply->message, (Message{Role::assistant, {Text{"Searching. "}, Reasoning{"", "raw"}, Text{"Found it."}}}));
  ASSERT_EQ(f.model->last_prompt().messages.size(), 2U);
  EXPECT_EQ(f.model->last_prompt().messages[1],
            (Message{Role::assistant, {Text{"Searching. "}, Reasoning{"", "raw"}}}));
}

}  // namespace
}  // namespace convoke
