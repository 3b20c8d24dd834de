#include "chat/context.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::ElementsAre;

Event event(std::string request, EventType type, Message message = {}, std::int64_t tokens = 10) {
  Event made;
  made.conversation_id = "c";
  made.request_id = std::move(request);
  made.type = type;
  made.message = std::move(message);
  made.token_count = tokens;
  return made;
}
Event question(std::string request, std::string text) {
  return event(std::move(request), EventType::user_message, user_message(std::move(text)));
}
Event answer(std::string request, std::string text) {
  return event(std::move(request), EventType::assistant_message, assistant_message(std::move(text)));
}
Event closed(std::string request) { return event(std::move(request), EventType::turn_completed, {}, 0); }

Message asks_for(std::string id) { return {Role::assistant, {ToolCall{std::move(id), "sum", "{}"}}}; }

TEST(Context, KeepsTheNewestTurnsThatFit) {
  const std::vector<Event> log{question("1", "old"), answer("1", "older"), closed("1"),
                               question("2", "new"), answer("2", "newer"), closed("2")};

  const auto history = choose_history(log, {.max_tokens = 35, .reserve_tokens = 0, .preserve_recent = 0}, 10);

  EXPECT_THAT(history, ElementsAre(user_message("new"), assistant_message("newer")));
}

TEST(Context, HasLessRoomWhereTheProviderCountsMoreThanWe) {
  const ContextLimits limits{.max_tokens = 64'000, .reserve_tokens = 4'000};

  EXPECT_EQ(by_our_count(limits, 1), limits);
  EXPECT_EQ(by_our_count(limits, 1.25).max_tokens, 51'200);
  EXPECT_EQ(by_our_count(limits, 1.25).reserve_tokens, 3'200);
  // A ratio that wavers moves nothing.
  EXPECT_EQ(by_our_count(limits, 1.24), by_our_count(limits, 1.20));
}

TEST(Context, KeepsThePreservedMessagesEvenWhenTheyDoNotFit) {
  const std::vector<Event> log{question("1", "old"), answer("1", "older"), closed("1")};

  const auto history = choose_history(log, {.max_tokens = 1, .reserve_tokens = 0, .preserve_recent = 2}, 0);

  EXPECT_THAT(history, ElementsAre(user_message("old"), assistant_message("older")));
}

TEST(Context, LeavesOutATurnThatIsStillRunning) {
  const std::vector<Event> log{question("1", "running"), answer("1", "half")};

  EXPECT_THAT(choose_history(log, {}, 0), ElementsAre());
}

TEST(Context, LeavesOutAQuestionThatWasNeverAnswered) {
  const std::vector<Event> log{question("1", "lost"), event("1", EventType::turn_failed)};

  EXPECT_THAT(choose_history(log, {}, 0), ElementsAre());
}

TEST(Context, UntanglesTurnsThatRanAtTheSameTime) {
  const std::vector<Event> log{question("1", "a?"), question("2", "b?"), answer("2", "b"),
                               closed("2"),         answer("1", "a"),    closed("1")};

  EXPECT_THAT(choose_history(log, {}, 0),
              ElementsAre(user_message("a?"), assistant_message("a"), user_message("b?"), assistant_message("b")));
}

TEST(Context, DropsACallWithoutAResultAndKeepsTheOthers) {
  Message two_calls{Role::assistant, {Text{"let me see"}, ToolCall{"x", "sum", "{}"}, ToolCall{"y", "sum", "{}"}}};
  const ToolResult result{.call_id = "x", .name = "sum", .text = "5"};
  const std::vector<Event> log{question("1", "?"), event("1", EventType::assistant_message, two_calls),
                               event("1", EventType::tool_result, tool_message(result)),
                               event("1", EventType::turn_cancelled)};

  const auto history = choose_history(log, {}, 0);

  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[1].tool_calls(), (std::vector<ToolCall>{{"x", "sum", "{}"}}));
}

TEST(Context, TakesOverOnlyCountsOfWhatIsShownAsItWasCounted) {
  Message two_calls{Role::assistant, {ToolCall{"x", "sum", "{}"}, ToolCall{"y", "sum", "{}"}}};
  const ToolResult result{.call_id = "x", .name = "sum", .text = "5"};
  const TurnEvents turn{question("1", "?"), event("1", EventType::assistant_message, two_calls),
                        event("1", EventType::tool_result, tool_message(result)), answer("1", "Five."), closed("1")};

  std::vector<std::int64_t> tokens;
  for (const ShownMessage& one : messages_of(turn, 1'000)) tokens.push_back(one.tokens);

  // One call of the two has no result, and a result's page may have another size than when it was counted.
  EXPECT_THAT(tokens, ElementsAre(10, 0, 0, 10));
}

TEST(Context, TakesAnIdForOneReplyOnly) {
  // Some servers call the first call of every reply the same.
  const ToolResult result{.call_id = "call_0", .name = "sum", .text = "5"};
  const std::vector<Event> log{question("1", "?"), event("1", EventType::assistant_message, asks_for("call_0")),
                               event("1", EventType::tool_result, tool_message(result)),
                               event("1", EventType::assistant_message, asks_for("call_0")),
                               event("1", EventType::turn_cancelled)};

  EXPECT_THAT(choose_history(log, {}, 0), ElementsAre(user_message("?"), asks_for("call_0"), tool_message(result)));
}

TEST(Context, DropsThoughtsThatLedToNothing) {
  const std::vector<Event> log{question("1", "?"), answer("1", "half"),
                               event("1", EventType::assistant_message, {Role::assistant, {Reasoning{"hm", ""}}}),
                               event("1", EventType::turn_cancelled)};

  EXPECT_THAT(choose_history(log, {}, 0), ElementsAre(user_message("?"), assistant_message("half")));
}

TEST(Context, IsNotFilledByWhatItDoesNotShow) {
  std::vector<Event> log;
  for (const char* request : {"1", "2", "3"}) {
    log.push_back(question(request, "much"));
    log.push_back(event(request, EventType::turn_failed));
  }
  const ContextLimits limits{.max_tokens = 20, .reserve_tokens = 0, .preserve_recent = 0};
  EXPECT_FALSE(fills_context(log, limits));

  // The end of a turn whose beginning was not read.
  log = {answer("0", "a"), answer("0", "b"), answer("0", "c"), closed("0")};
  EXPECT_FALSE(fills_context(log, limits));

  log = {question("0", "?"), answer("0", "a"), answer("0", "b"), closed("0")};
  EXPECT_TRUE(fills_context(log, limits));
}

TEST(Context, DropsAnAssistantMessageThatHeldOnlyUnansweredCalls) {
  const std::vector<Event> log{question("1", "?"), event("1", EventType::assistant_message, asks_for("x")),
                               answer("1", "never mind"), closed("1")};

  EXPECT_THAT(choose_history(log, {}, 0), ElementsAre(user_message("?"), assistant_message("never mind")));
}

TEST(Context, TreatsAQuestionAskedAgainUnderTheSameRequestAsATurnOfItsOwn) {
  const std::vector<Event> log{question("1", "?"), event("1", EventType::turn_failed), question("1", "?"),
                               answer("1", "yes"), closed("1")};

  EXPECT_THAT(choose_history(log, {}, 0), ElementsAre(user_message("?"), assistant_message("yes")));
}

/// A log of so many answered turns, 100 tokens each, and what a prompt with room for 2,000 shows of it.
ChosenTurns choose_from(int turns) {
  std::vector<Event> log;
  for (int i = 0; i < turns; ++i) {
    const std::string request = std::to_string(i);
    for (Event& one : std::vector{question(request, "?"), answer(request, "!"), closed(request)}) {
      one.seq = std::ssize(log) + 1;
      one.token_count = one.message.parts.empty() ? 0 : 50;
      log.push_back(std::move(one));
    }
  }
  return choose_turns(log, {.max_tokens = 2000, .reserve_tokens = 0, .preserve_recent = 4}, 0);
}

TEST(Context, BeginsWithTheSameTurnForManyTurns) {
  int changes = 0;
  Sequence first = 1;
  for (int turns = 1; turns <= 300; ++turns) {
    const ChosenTurns chosen = choose_from(turns);
    ASSERT_LE(chosen.shown.size(), 20U);
    ASSERT_GE(chosen.shown.size(), std::min<std::size_t>(15, static_cast<std::size_t>(turns)));
    ASSERT_EQ(chosen.shown.size() + chosen.left_out.size(), static_cast<std::size_t>(turns));
    ASSERT_GE(chosen.shown.front().front().seq, first) << "what was left out does not come back";
    changes += chosen.shown.front().front().seq != first;
    first = chosen.shown.front().front().seq;
  }
  EXPECT_LE(changes, 300 / 4);
}

TEST(Context, LeavesNothingOutBeforeItMust) { EXPECT_EQ(choose_from(20).shown.size(), 20U); }

TEST(Context, CutsALongResultAndSaysHowToReadOn) {
  Event result = event("1", EventType::tool_result,
                       tool_message({.call_id = "x", .name = "read", .text = std::string(1000, 'a')}));
  result.details = {{"result_id", "res_7"}};
  const std::vector<Event> log{question("1", "?"), event("1", EventType::assistant_message, asks_for("x")), result,
                               answer("1", "ok"), closed("1")};

  const auto history = choose_history(log, {.max_result_bytes = 100}, 0);

  ASSERT_EQ(history.size(), 4U);
  const std::string& text = std::get<ToolResult>(history[2].parts.front()).text;
  EXPECT_TRUE(text.starts_with(std::string(100, 'a') + "\n[cut here: page 1 of 10"));
  EXPECT_THAT(text, testing::HasSubstr("res_7"));
}

}  // namespace
}  // namespace convoke
