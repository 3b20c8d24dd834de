#include "chat/turn_prompt.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

using testing::HasSubstr;

class TurnPromptTest : public testing::Test {
 protected:
  TurnPromptTest() { prompt.begin({}, 0); }

  void add(Place place, Message message, std::string id = {}) {
    run(loop, prompt.add(place, std::move(message), std::move(id)));
  }
  static Message result(std::string text) { return tool_message({.call_id = "x", .name = "read", .text = text}); }
  static std::string words(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "word ";
    return text;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (const Message& message : prompt.value().messages) {
      const ToolResult* result = std::get_if<ToolResult>(&message.parts.front());
      all.push_back(result ? result->text : message.text());
    }
    return all;
  }

  asio::io_context loop{1};
  TokenCounts counts{1 << 20};
  MessageCounter counter{counts, o200k_base()};
  TurnPrompt prompt{counter, loop.get_executor(), {.max_tokens = 1000, .reserve_tokens = 100, .preserve_recent = 2}};
};

TEST_F(TurnPromptTest, CountsWhatItHolds) {
  add(Place::fixed, system_message("Be brief."));
  add(Place::fixed, user_message("Hello?"));

  EXPECT_EQ(prompt.tokens(), counter.count(prompt.value()));
}

TEST_F(TurnPromptTest, LeavesOutTheOldestTurnsWhenTheTurnGrows) {
  add(Place::fixed, system_message("Be brief."));
  for (const char* turn : {"1", "2", "3"}) {
    add(Place::past, user_message(turn + words(100)));
    add(Place::past, assistant_message(turn + words(100)));
  }
  add(Place::fixed, user_message("And now?"));
  add(Place::present, assistant_message("Let me see."));
  add(Place::present, result(words(350)));

  prompt.make_room();

  EXPECT_LE(prompt.tokens(), 900);
  EXPECT_EQ(prompt.tokens(), counter.count(prompt.value()));
  EXPECT_THAT(texts(), testing::ElementsAre("Be brief.", "2" + words(100), "2" + words(100), "3" + words(100),
                                            "3" + words(100), "And now?", "Let me see.", words(350)));
}

TEST_F(TurnPromptTest, CutsTheLongestResultWhenThereIsNoPastLeftToGive) {
  add(Place::past, user_message("1"));
  add(Place::past, assistant_message("1"));
  add(Place::fixed, user_message("And now?"));
  add(Place::present, result(words(300)), "res_1");
  add(Place::present, result(words(800)), "res_2");

  prompt.make_room();

  EXPECT_LE(prompt.tokens(), 900);
  EXPECT_EQ(texts()[0], "1") << "the newest messages are preserved";
  EXPECT_EQ(texts()[3], words(300));
  EXPECT_THAT(texts()[4], HasSubstr("res_2"));
}

TEST_F(TurnPromptTest, CutsResultsOfThePastThatArePreservedAtLast) {
  add(Place::past, user_message("1"));
  add(Place::past, result(words(2000)), "res_1");
  add(Place::fixed, user_message("And now?"));
  add(Place::present, result(words(300)), "res_2");

  prompt.make_room();

  EXPECT_LE(prompt.tokens(), 900);
  EXPECT_THAT(texts()[1], HasSubstr("res_1"));
}

TEST_F(TurnPromptTest, NeverLosesTheQuestion) {
  add(Place::fixed, user_message(words(2000)));

  prompt.make_room();

  EXPECT_EQ(texts().front(), words(2000));
}

}  // namespace
}  // namespace convoke
