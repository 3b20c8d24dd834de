#include "tokens/token_counts.hpp"

#include <gtest/gtest.h>

#include "tokens/exact_tokenizer.hpp"
#include "tokens/models.hpp"

namespace convoke {
namespace {

TEST(TokenCounts, RemembersALongText) {
  TokenCounts counts(1 << 20);
  const std::string text(2000, 'x');

  const auto first = counts.count(o200k_base(), text);
  const auto second = counts.count(o200k_base(), text);

  EXPECT_EQ(first, o200k_base().count(text));
  EXPECT_EQ(second, first);
  EXPECT_EQ(counts.figures().hits, 1U);
  EXPECT_EQ(counts.figures().misses, 1U);
}

TEST(TokenCounts, KeepsEncodingsApart) {
  TokenCounts counts(1 << 20);
  std::string text;
  while (text.size() < 1000) text += "こんにちは世界 ";

  EXPECT_EQ(counts.count(o200k_base(), text), o200k_base().count(text));
  EXPECT_EQ(counts.count(cl100k_base(), text), cl100k_base().count(text));
  EXPECT_NE(counts.count(o200k_base(), text), counts.count(cl100k_base(), text));
}

TEST(TokenCounts, DropsTheLeastRecentlyUsedWhenItIsFull) {
  TokenCounts counts(4000);
  const std::string a(1000, 'a'), b(1000, 'b'), c(1000, 'c'), d(1000, 'd');
  for (const std::string& text : {a, b, c}) counts.count(o200k_base(), text);
  counts.count(o200k_base(), a);

  counts.count(o200k_base(), d);
  counts.count(o200k_base(), a);
  counts.count(o200k_base(), b);

  EXPECT_EQ(counts.figures().hits, 2U);  // a, twice
  EXPECT_LE(counts.figures().bytes, 4000U);
}

TEST(TokenCounts, DoesNotKeepWhatIsLargerThanItself) {
  TokenCounts counts(4000);
  counts.count(o200k_base(), std::string(5000, 'a'));
  EXPECT_EQ(counts.figures().bytes, 0U);
}

TEST(TokenizerForModel, KnowsTheFamilies) {
  EXPECT_EQ(tokenizer_for_model("gpt-4o-mini").name(), "o200k_base");
  EXPECT_EQ(tokenizer_for_model("openai/gpt-4.1").name(), "o200k_base");
  EXPECT_EQ(tokenizer_for_model("gpt-5.1-codex").name(), "o200k_base");
  EXPECT_EQ(tokenizer_for_model("o3").name(), "o200k_base");
  EXPECT_EQ(tokenizer_for_model("ft:gpt-4o:acme").name(), "o200k_base");
  EXPECT_EQ(tokenizer_for_model("openai/gpt-oss-120b").name(), "o200k_harmony");
  EXPECT_EQ(tokenizer_for_model("gpt-4-turbo").name(), "cl100k_base");
  EXPECT_EQ(tokenizer_for_model("gpt-3.5-turbo").name(), "cl100k_base");
}

TEST(TokenizerForModel, EstimatesForOthersAndSaysHowFarOffThatMayBe) {
  EXPECT_EQ(tokenizer_for_model("claude-sonnet-4").name(), "estimate");
  EXPECT_EQ(tokenizer_for_model("claude-sonnet-4").error(), 0.3);
  EXPECT_EQ(tokenizer_for_model("gemini-3-pro").error(), 0.75);
  EXPECT_EQ(tokenizer_for_model("claude-sonnet-4").count("hello world, hello world"), 5);
  EXPECT_EQ(tokenizer_for_model("gpt-4o").error(), 0);
}

}  // namespace
}  // namespace convoke
