#include "cli/answer_words.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(AnswerWords, AreShownAsTheyCome) {
  AnswerWords words;

  EXPECT_EQ(words.take("one "), "one ");
  EXPECT_EQ(words.take("two"), "two");
}

TEST(AnswerWords, AreShownOnceWhenTheyAreToldAgain) {
  AnswerWords words;
  words.take("one two ");

  words.begin_anew();

  EXPECT_EQ(words.take("one "), "");
  EXPECT_EQ(words.take("two three"), "three");
  EXPECT_EQ(words.take(" four"), " four");
}

TEST(AnswerWords, AreShownAnewWhereTheyDiffer) {
  AnswerWords words;
  words.take("one two");

  words.begin_anew();

  EXPECT_EQ(words.take("one "), "");
  EXPECT_EQ(words.take("three"), "\n\nthree");
  EXPECT_EQ(words.take(" four"), " four");
}

}  // namespace
}  // namespace convoke
