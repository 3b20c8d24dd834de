#include "chat/summary.hpp"

#include <gmock/gmock.h>

#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

using testing::HasSubstr;
using testing::Not;

Event event(Sequence seq, EventType type, Message message, json::object details = {}) {
  Event made;
  made.seq = seq;
  made.type = type;
  made.message = std::move(message);
  made.details = std::move(details);
  return made;
}

Event summary_event(Sequence seq, std::string text, Sequence covers) {
  return event(seq, EventType::summary, assistant_message(std::move(text)), {{"covers", covers}});
}

const TurnEvents first{event(1, EventType::user_message, user_message("I am Ada.")),
                       event(2, EventType::assistant_message, assistant_message("Hello Ada."))};
const TurnEvents second{
    event(4, EventType::user_message, user_message("Read the file.")),
    event(5, EventType::tool_result, tool_message({.call_id = "x", .name = "read", .text = std::string(5000, 'x')})),
    event(6, EventType::assistant_message, assistant_message("Done."))};

TEST(Summary, ReplacesTheOnesBeforeIt) {
  const std::vector<Event> log{summary_event(3, "old", 2), summary_event(9, "new", 6)};

  EXPECT_EQ(newest_summary(log), (Summary{"new", 6}));
  EXPECT_EQ(newest_summary(first), std::nullopt);
}

TEST(SummaryRequest, TellsWhatWasSaidWithTheGistOfResults) {
  const Prompt prompt = summary_request(std::nullopt, {first, second}, 500, 100'000);

  const std::string asked = prompt.messages.back().text();
  EXPECT_THAT(asked, HasSubstr("User: I am Ada.\nAssistant: Hello Ada.\nUser: Read the file.\nTool read: xxx"));
  EXPECT_LT(asked.size(), 2000U);
  EXPECT_EQ(prompt.max_output_tokens, 500);
}

TEST(SummaryRequest, BuildsOnTheOneBefore) {
  const Prompt prompt = summary_request(Summary{"The user is Ada.", 2}, {first, second}, 500, 100'000);

  EXPECT_THAT(prompt.messages.back().text(), HasSubstr("The user is Ada."));
  EXPECT_THAT(prompt.messages.back().text(), Not(HasSubstr("Hello Ada.")));
}

TEST(SummaryRequest, KeepsTheNewestOfTooMuch) {
  const std::string asked = summary_request(std::nullopt, {second, first}, 500, 100).messages.back().text();

  EXPECT_THAT(asked, HasSubstr("Assistant: Hello Ada."));
  EXPECT_LT(asked.size(), 200U);
}

TEST(SummaryRequest, KeepsTheEndOfOneLongLine) {
  const TurnEvents long_line{event(1, EventType::user_message, user_message(std::string(10'000, 'x') + "the end é"))};

  const std::string asked = summary_request(std::nullopt, {long_line}, 500, 100).messages.back().text();

  EXPECT_THAT(asked, HasSubstr("xthe end é"));
  EXPECT_LT(asked.size(), 200U);
}

TEST(Summary, IsWhatTheModelWroteWithoutTheSpaceAroundIt) {
  EXPECT_EQ(summary_in({.message = assistant_message("\n The user is Ada. \n")}), "The user is Ada.");
  EXPECT_EQ(summary_in({.message = assistant_message(" \n")}).error().code, Errc::protocol);
}

TEST(Summary, IsCutWhereItIsLongerThanItMayBe) {
  TokenCounts counts{1 << 20};
  const MessageCounter counter(counts, o200k_base());
  std::string words;
  for (int i = 0; i < 5000; ++i) words += "é" + std::to_string(i) + " ";

  const Summary cut = within({words, 7}, 100, counter);

  EXPECT_LE(counter.count(summary_message(cut)), 100);
  EXPECT_GT(counter.count(summary_message(cut)), 80);
  EXPECT_TRUE(words.starts_with(cut.text));
  EXPECT_EQ(cut.covers, 7);
  EXPECT_EQ(within({"short", 7}, 100, counter), (Summary{"short", 7}));
  EXPECT_EQ(within({"short", 7}, 0, counter).text, "");
}

TEST(Summary, IsReachedWhenTheEventsGoBackToItsEnd) {
  EXPECT_TRUE(reaches_summary({second.front(), summary_event(9, "s", 3)}));
  EXPECT_FALSE(reaches_summary({second.front(), summary_event(9, "s", 2)}));
  EXPECT_FALSE(reaches_summary(first));
}

}  // namespace
}  // namespace convoke
