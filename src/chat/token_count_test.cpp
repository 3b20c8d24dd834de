#include "chat/token_count.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(TokenCount, GrowsWithTheWordsAndNeverFallsBelowWhatAMessageCostsByItself) {
  EXPECT_GT(count_tokens(assistant_message("")), 0);
  EXPECT_GT(count_tokens(assistant_message("one two three")), count_tokens(assistant_message("one")));
}

TEST(TokenCount, LeavesOutThoughtsWhichAreNotSentAgain) {
  const Message thinking{Role::assistant, {Reasoning{"a long thought", ""}, Text{"yes"}}};

  EXPECT_EQ(count_tokens(thinking), count_tokens(assistant_message("yes")));
}

TEST(TokenCount, EstimatesTheUsageOfAWholeCall) {
  Prompt prompt;
  prompt.messages = {system_message("be brief"), user_message("how are you?")};

  const Usage usage = estimate_usage(prompt, assistant_message("fine"));

  EXPECT_TRUE(usage.estimated);
  EXPECT_EQ(usage.input_tokens, count_tokens(prompt.messages[0]) + count_tokens(prompt.messages[1]));
  EXPECT_EQ(usage.total_tokens, usage.input_tokens + count_tokens(assistant_message("fine")));
}

}  // namespace
}  // namespace convoke
