#include "llm/scripted_provider.hpp"

#include <gtest/gtest.h>

#include "base/run.hpp"

namespace convoke {
namespace {

TEST(ScriptedProvider, AnswersInTheOrderOfItsScript) {
  ScriptedProvider model;
  model.will_call("weather", {{"city", "Oslo"}});
  model.will_say("It rains.");
  std::string shown;
  const auto show = [&](const Delta& delta) {
    if (const auto* text = std::get_if<TextDelta>(&delta)) shown += text->text;
  };

  const ReplyResult call = run(model.reply({.model = "m"}, show));
  const ReplyResult words = run(model.reply({.model = "m", .messages = {user_message("Well?")}}, show));

  EXPECT_EQ(call->message.tool_calls(), (std::vector<ToolCall>{{"call_1", "weather", R"({"city":"Oslo"})"}}));
  EXPECT_EQ(call->finish_reason, FinishReason::tool_calls);
  EXPECT_EQ(words->message.text(), "It rains.");
  EXPECT_EQ(shown, "It rains.");
  EXPECT_EQ(model.last_prompt().messages.back().text(), "Well?");
  EXPECT_TRUE(model.is_done());
}

TEST(ScriptedProvider, FailsAsToldAndWhenItsScriptIsAtItsEnd) {
  ScriptedProvider model;
  model.will_fail(Errc::unavailable, "resting");

  EXPECT_EQ(run(model.reply({}, [](const Delta&) {})).error().error.code, Errc::unavailable);
  EXPECT_EQ(run(model.reply({}, [](const Delta&) {})).error().error.code, Errc::internal);
}

TEST(ScriptedProvider, HangsUntilItIsCancelled) {
  ScriptedProvider model;
  model.will_say_and_hang("One moment");
  std::string shown;
  const auto ask = [&]() -> Task<Result<int>> {
    co_await model.reply({}, [&](const Delta& delta) { shown += std::get<TextDelta>(delta).text; });
    co_return 1;
  };

  const auto result = run(with_deadline<int>(SteadyClock::now() + 1ms, "the answer", ask()));

  EXPECT_EQ(result.error().code, Errc::timed_out);
  EXPECT_EQ(shown, "One moment");
}

}  // namespace
}  // namespace convoke
