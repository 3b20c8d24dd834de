#include "chat/token_count.hpp"

#include <gtest/gtest.h>

#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

class MessageCounterTest : public testing::Test {
 protected:
  TokenCounts counts{1 << 20};
  MessageCounter counter{counts, o200k_base()};
};

TEST_F(MessageCounterTest, CountsAMessageAsTheModelDoes) {
  // "<|start|>user<|message|>how are you?<|end|>": four around the words.
  EXPECT_EQ(counter.count(user_message("how are you?")), 4 + o200k_base().count("how are you?"));
}

TEST_F(MessageCounterTest, FollowsThePublishedExampleOfAWholePrompt) {
  // The example of "How to count tokens with tiktoken", section 6, without the names: 124 tokens with gpt-4o.
  Prompt prompt;
  prompt.messages = {system_message("You are a helpful, pattern-following assistant that translates corporate jargon "
                                    "into plain English."),
                     user_message("This late pivot means we don't have time to boil the ocean for the client "
                                  "deliverable.")};
  std::int64_t words = 0;
  for (const Message& message : prompt.messages) words += o200k_base().count(message.text()) + 3 + 1;

  EXPECT_EQ(counter.count(prompt), words + 3);
}

TEST_F(MessageCounterTest, FollowsThePublishedExampleOfAToolDefinition) {
  // Section 7 of the same: 101 tokens with gpt-4o, for this tool and these two messages.
  Prompt prompt;
  prompt.messages = {system_message("You are a helpful assistant that can answer to questions about the weather."),
                     user_message("What's the weather like in San Francisco?")};
  prompt.tools = {{.name = "get_current_weather",
                   .description = "Get the current weather in a given location",
                   .parameters = parse_json(R"({"type":"object","properties":{
                       "location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
                       "unit":{"type":"string","description":"The unit of temperature to return",
                               "enum":["celsius","fahrenheit"]}},"required":["location"]})")
                                     .value()
                                     .as_object()}};

  EXPECT_EQ(counter.count(prompt), 101);
}

TEST_F(MessageCounterTest, LeavesOutThoughtsWhichAreNotSentAgain) {
  const Message thinking{Role::assistant, {Reasoning{"a long thought", ""}, Text{"yes"}}};

  EXPECT_EQ(counter.count(thinking), counter.count(assistant_message("yes")));
}

TEST_F(MessageCounterTest, CountsThoughtsThatAreSentBackWithinTheirTurn) {
  const Message thinking{Role::assistant,
                         {Reasoning{"a long thought", ""}, Reasoning{"", std::string(600, 'x')}, Text{"yes"}}};

  EXPECT_EQ(counter.count_thoughts_sent(thinking), 100);
  EXPECT_EQ(counter.count_written(thinking), counter.count(thinking) + o200k_base().count("a long thought"));
}

TEST_F(MessageCounterTest, CountsAPictureByItsSizeAndTheModelsRule) {
  // A PNG of 1024 by 1024 pixels: its head.
  const Image picture{"image/png", "iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAYAAAB/HSuDAAAA", ""};
  const MessageCounter newest{counts, o200k_base(), picture_rule_for_model("gpt-6.1-terra")};
  const MessageCounter older{counts, o200k_base(), picture_rule_for_model("gpt-4o")};

  EXPECT_EQ(newest.count({Role::user, {picture}}), 4 + 1229);
  EXPECT_EQ(older.count({Role::user, {picture}}), 4 + 765);
  EXPECT_EQ(older.count(tool_message({"c", "f", "", {picture, picture}})), 4 + 2 * 765);
}

TEST_F(MessageCounterTest, ReckonsTheUsageOfAWholeCall) {
  Prompt prompt;
  prompt.messages = {system_message("be brief"), user_message("how are you?")};

  const Usage usage = counter.usage(prompt, assistant_message("fine"));

  EXPECT_TRUE(usage.estimated);
  EXPECT_EQ(usage.input_tokens, counter.count(prompt.messages[0]) + counter.count(prompt.messages[1]) + 3);
  EXPECT_EQ(usage.total_tokens, usage.input_tokens + counter.count(assistant_message("fine")));
}

TEST_F(MessageCounterTest, SendsLongTextsElsewhereUntilTheirCountIsKnown) {
  const Message message = user_message(std::string(100'000, 'x'));
  counter.count(user_message("the vocabulary is there now"));

  EXPECT_TRUE(counter.takes_long(message));
  counter.count(message);

  EXPECT_FALSE(counter.takes_long(message));
  EXPECT_FALSE(counter.takes_long(user_message("short")));
}

}  // namespace
}  // namespace convoke
