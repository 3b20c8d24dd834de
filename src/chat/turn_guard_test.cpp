#include "chat/turn_guard.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::HasSubstr;

constexpr TurnGuard::Spent nothing{};

/// One reply that called one tool.
void call(TurnGuard& guard, const std::string& arguments, const std::string& result, bool is_error = false) {
  const ToolCall asked{"call", "search", arguments};
  const ToolResult came{.call_id = "call", .name = "search", .text = result, .is_error = is_error};
  guard.note({{asked, came}});
}

std::optional<TurnLimit> before(TurnGuard& guard, TurnGuard::Spent spent = nothing, std::int64_t prompt_tokens = 10) {
  return guard.before_call(spent, prompt_tokens).value();
}

TEST(TurnGuard, EndsAfterTheLastHop) {
  TurnGuard guard({.max_tool_hops = 2});
  EXPECT_EQ(before(guard), std::nullopt);
  call(guard, "1", "one");
  EXPECT_EQ(before(guard), std::nullopt);
  call(guard, "2", "two");

  EXPECT_EQ(before(guard), TurnLimit::tool_hops);
  EXPECT_THAT(guard.last_words(), HasSubstr("used tools 2 times"));
}

TEST(TurnGuard, LetsTheModelAnswerWhileThereAreTokensForThat) {
  TurnGuard guard({.max_tokens = 300});
  EXPECT_EQ(before(guard, nothing, 100), std::nullopt);
  call(guard, "1", "one");

  EXPECT_EQ(before(guard, {.tokens = 120}, 110), TurnLimit::tokens);
}

TEST(TurnGuard, RefusesACallThatDoesNotFit) {
  TurnGuard guard({.max_tokens = 300});
  call(guard, "1", "one");

  const auto answer = guard.before_call({.tokens = 250}, 60);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::exhausted);
  EXPECT_EQ(answer.error().message,
            "250 tokens are used, and the next request to the model takes 60; one turn may use 300 in all");
  EXPECT_EQ(guard.ended_by(), TurnLimit::tokens);
}

TEST(TurnGuard, SaysThatTheQuestionItselfIsTooLong) {
  TurnGuard guard({.max_tokens = 300});

  const auto answer = guard.before_call({}, 301);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message,
            "the question and what is sent with it take 301 tokens; one turn may use 300 in all");
}

TEST(TurnGuard, DoesNotRushAFirstAnswer) {
  TurnGuard guard({.max_tokens = 300});

  EXPECT_EQ(before(guard, nothing, 250), std::nullopt);
}

TEST(TurnGuard, ExpectsTheNextCallToCostWhatTheLastOneDid) {
  TurnGuard guard({.max_cost = Money{100}});
  EXPECT_EQ(before(guard), std::nullopt);
  call(guard, "1", "one");
  EXPECT_EQ(before(guard, {.cost = Money{30}}), std::nullopt);
  call(guard, "2", "two");

  EXPECT_EQ(before(guard, {.cost = Money{50}}), std::nullopt);
  call(guard, "3", "three");
  EXPECT_EQ(before(guard, {.cost = Money{70}}), TurnLimit::cost) << "20 more, and 20 after that, would be too much";
}

TEST(TurnGuard, RefusesWhenTheMoneyIsSpent) {
  TurnGuard guard({.max_cost = Money{100}});

  const auto answer = guard.before_call({.cost = Money{100}}, 1);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the answer may not cost more than $0.0000000001");
  EXPECT_EQ(guard.ended_by(), TurnLimit::cost);
  EXPECT_FALSE(guard.before_side_call({.cost = Money{100}}));
  EXPECT_EQ(guard.money_left({.cost = Money{110}}), Money{});
}

TEST(TurnGuard, SeesAToolThatFailsTheSameWay) {
  TurnGuard guard({.max_repeated_errors = 3});
  call(guard, R"({"q":"a"})", "timed out after 31 ms", true);
  call(guard, R"({"q":"b"})", "timed out after 2 ms", true);
  EXPECT_EQ(before(guard), std::nullopt);
  call(guard, R"({"q":"c"})", "no such table", true);
  EXPECT_EQ(before(guard), std::nullopt);

  call(guard, R"({"q":"d"})", "timed out after 30 ms", true);

  EXPECT_EQ(before(guard), TurnLimit::repeated_errors);
  EXPECT_THAT(guard.last_words(), HasSubstr("'search' has failed 3 times in the same way"));
}

TEST(TurnGuard, SeesACallThatReturnsTheSameAgainAndAgain) {
  TurnGuard guard({.max_repeated_results = 3});
  call(guard, R"({"q":"a"})", "nothing");
  call(guard, R"({"q":"b"})", "nothing");
  call(guard, R"({"q":"a"})", "nothing");
  EXPECT_EQ(before(guard), std::nullopt) << "other arguments are another question";

  call(guard, R"({"q":"a"})", "nothing");

  EXPECT_EQ(before(guard), TurnLimit::repeated_results);
  EXPECT_THAT(guard.last_words(), HasSubstr("'search' has returned the same result"));
}

TEST(TurnGuard, CountsEqualCallsOfOneReplyOnce) {
  TurnGuard guard({.max_repeated_results = 2});
  const ToolCall asked{"call", "search", "{}"};
  const ToolResult came{.call_id = "call", .name = "search", .text = "nothing"};

  guard.note({{asked, came}, {asked, came}, {asked, came}});

  EXPECT_EQ(before(guard), std::nullopt);
}

TEST(TurnGuard, LetsRepetitionsBeWhereTheyAreAllowed) {
  TurnGuard guard({.max_tool_hops = 100, .max_repeated_errors = 0, .max_repeated_results = 0});

  for (int i = 0; i < 20; ++i) call(guard, "{}", "pending", i % 2 == 0);

  EXPECT_EQ(before(guard), std::nullopt);
}

}  // namespace
}  // namespace convoke
