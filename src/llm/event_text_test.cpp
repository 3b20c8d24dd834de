#include "llm/event_text.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

std::string mended(std::string_view data) { return std::string(EventText().mended(data)); }

TEST(EventText, LeavesGoodTextWhereItIs) {
  const std::string_view good = R"({"a":"Zoë 😀 \ud83d\ude00 \\ud83d \u00e9"})";
  const std::string_view plain = R"({"a":"Zoë 😀 \u00e9 \n"})";

  EXPECT_EQ(mended(good), good);
  EXPECT_EQ(EventText().mended(plain).data(), plain.data());
}

TEST(EventText, JoinsTheHalvesOfACharacterInTheLaterEvent) {
  EventText text;

  EXPECT_EQ(text.mended(R"({"a":"x\uD83D"})"), R"({"a":"x"})");
  EXPECT_EQ(text.mended(R"({"id":7})"), R"({"id":7})");
  EXPECT_EQ(text.mended(R"({"a":"\uDE00y"})"), R"({"a":"\uD83D\uDE00y"})");
  EXPECT_EQ(text.mended(R"({"a":"\ude00"})"), "{\"a\":\"\xEF\xBF\xBD\"}");
}

TEST(EventText, ReplacesHalvesThatStayAlone) {
  EXPECT_EQ(mended(R"({"a":"\ud83dx"})"), "{\"a\":\"\xEF\xBF\xBDx\"}");
  EXPECT_EQ(mended(R"({"a":"\ude00\ud83d\ud83d\ude00"})"), "{\"a\":\"\xEF\xBF\xBD\xEF\xBF\xBD\\ud83d\\ude00\"}");
}

TEST(EventText, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(mended("\"\xF0\x9F\""), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(mended("\"\xC0\xAF \xED\xA0\x80 \xF4\x90\x80\x80 \xE0\x80\x80 ok\xC3\xBC\""),
            "\"\xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD "
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD "
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD ok\xC3\xBC\"");
}

TEST(EventText, EndsWithTheText) {
  EXPECT_EQ(mended("\\"), "\\");
  EXPECT_EQ(mended("\\ud83d\\"), "\xEF\xBF\xBD\\");
  EXPECT_EQ(mended("\xC3"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace convoke
