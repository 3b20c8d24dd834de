#include "llm/overlap.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

std::string continued(std::string_view said, std::string_view more) {
  return std::string(said) + std::string(more.substr(overlap(said, more)));
}

TEST(Overlap, IsWhatTheEndOfOneAndTheBeginningOfTheOtherShare) {
  EXPECT_EQ(continued("It is a", "a nice day"), "It is a nice day");
  EXPECT_EQ(continued("Hello wor", "world, again"), "Hello world, again");
  EXPECT_EQ(continued("One. Two is", "Two is more. Three."), "One. Two is more. Three.");
  EXPECT_EQ(continued("tea and", " and coffee"), "tea and coffee");
  EXPECT_EQ(continued("first line\n", "\nsecond"), "first line\nsecond");
}

TEST(Overlap, IsNothingWhereNothingIsSaidAgain) {
  EXPECT_EQ(continued("Hello wor", "ld"), "Hello world");
  EXPECT_EQ(continued("Hello", ", you"), "Hello, you");
  EXPECT_EQ(continued("", "Hello"), "Hello");
  EXPECT_EQ(continued("Hello", ""), "Hello");
}

TEST(Overlap, BeginsAtAWord) {
  EXPECT_EQ(continued("the ca", "and so on"), "the caand so on");  // a letter in common is no repetition
  EXPECT_EQ(continued("Zoë", "ë is a letter"), "Zoëë is a letter");
}

TEST(Overlap, IsTheWholeWhereTheAnswerBeginsAgain) {
  EXPECT_EQ(continued("Once upon a time", "Once upon a time there was"), "Once upon a time there was");
}

TEST(Overlap, TakesAnEllipsisWithIt) {
  EXPECT_EQ(continued("Hello wor", "...world"), "Hello world");
  EXPECT_EQ(continued("Hello wor", "…ld"), "Hello world");
  EXPECT_EQ(continued("Well...", "... yes"), "Well... yes");
}

TEST(OverlapFilter, ShowsTheSameWhereverTheContinuationIsCut) {
  const std::string said = "The quick brown fox jumps over the lazy dog. The quick";
  for (const std::string more :
       {" brown fox", "The quick brown fox", "…The quick cat", "lazy dog. The quick end", "dog. The slow", "x", ""}) {
    for (std::size_t cut = 0; cut <= more.size(); ++cut) {
      OverlapFilter filter(said);
      std::string shown = filter.feed(more.substr(0, cut)) + filter.feed(more.substr(cut)) + filter.finish();

      EXPECT_EQ(shown, more.substr(overlap(said, more))) << more << " cut at " << cut;
    }
  }
}

TEST(OverlapFilter, HoldsBackOnlyWhatMayBeARepetition) {
  OverlapFilter filter("It is a nice");

  EXPECT_EQ(filter.feed("a ni"), "");
  EXPECT_EQ(filter.feed("ce day"), " day");
  EXPECT_EQ(filter.feed(" a nice"), " a nice");
}

}  // namespace
}  // namespace convoke
