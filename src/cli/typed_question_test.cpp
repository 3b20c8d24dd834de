#include "cli/typed_question.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(TypedQuestion, IsTextWhenItNamesNothing) {
  const auto typed = read_question("mail ada@example.org  about it");

  EXPECT_EQ(typed.text, "mail ada@example.org  about it");
  EXPECT_TRUE(typed.materials.empty());
}

TEST(TypedQuestion, AttachesWhatStandsAfterAnAt) {
  const auto typed = read_question("compare @file:///a.txt with @demo://files please");

  EXPECT_EQ(typed.text, "compare with please");
  EXPECT_EQ(json::serialize(typed.materials), R"({"attachments":[{"uri":"file:///a.txt"},{"uri":"demo://files"}]})");
}

TEST(TypedQuestion, BeginsWithAPrompt) {
  const auto typed = read_question("/prompt explain expression=\"3 + 4\" in=Latin and briefly @x:y");

  EXPECT_EQ(typed.text, "and briefly");
  EXPECT_EQ(json::serialize(typed.materials),
            R"({"prompt":{"name":"explain","arguments":{"expression":"3 + 4","in":"Latin"}},)"
            R"("attachments":[{"uri":"x:y"}]})");
}

}  // namespace
}  // namespace convoke
