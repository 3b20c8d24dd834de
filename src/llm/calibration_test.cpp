#include "llm/calibration.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(Calibration, TakesOurCountForTrueBeforeItKnowsBetter) {
  EXPECT_EQ(Calibration().ratio("anthropic", "claude"), 1);
  EXPECT_EQ(Calibration().prompt_tokens("anthropic", "claude", 1'000), 1'000);
}

TEST(Calibration, LearnsFromTheFirstPromptOfSomeLength) {
  Calibration calibration;
  calibration.learn("anthropic", "claude", 20, 60, 5);  // says little
  EXPECT_EQ(calibration.ratio("anthropic", "claude"), 1);

  calibration.learn("anthropic", "claude", 1'000, 1'300, 5);

  EXPECT_DOUBLE_EQ(calibration.ratio("anthropic", "claude"), 1.3);
  EXPECT_EQ(calibration.prompt_tokens("anthropic", "claude", 2'000), 2'600);
  EXPECT_EQ(calibration.ratio("anthropic", "another"), 1);
  EXPECT_EQ(calibration.ratio("bedrock", "claude"), 1);
}

TEST(Calibration, IsNotMisledByAFewPromptsThatWereCountedOddly) {
  Calibration calibration;
  for (int i = 0; i < 6; ++i) calibration.learn("p", "m", 1'000, 1'200, 5);
  for (int i = 0; i < 3; ++i) calibration.learn("p", "m", 1'000, 90'000, 5);
  EXPECT_DOUBLE_EQ(calibration.ratio("p", "m"), 1.2);
}

TEST(Calibration, FollowsATokenizerThatHasChanged) {
  Calibration calibration;
  for (int i = 0; i < 20; ++i) calibration.learn("p", "m", 1'000, 1'000, 5);
  for (int i = 0; i < 5; ++i) calibration.learn("p", "m", 1'000, 1'350, 5);
  EXPECT_DOUBLE_EQ(calibration.ratio("p", "m"), 1.35);
}

TEST(Calibration, LearnsHowLongAnswersAre) {
  Calibration calibration;
  for (int i = 0; i < 100; ++i) calibration.learn("p", "m", 100, 150, 500);
  EXPECT_NEAR(static_cast<double>(calibration.answer_tokens("p", "m")), 500, 20);
}

TEST(Calibration, BelievesNoRatioBeyondFour) {
  Calibration calibration;
  calibration.learn("p", "m", 1'000, 1'000'000, 5);
  calibration.learn("p", "n", 1'000, 1, 5);
  EXPECT_DOUBLE_EQ(calibration.ratio("p", "m"), 4);
  EXPECT_DOUBLE_EQ(calibration.ratio("p", "n"), 0.25);
}

}  // namespace
}  // namespace convoke
