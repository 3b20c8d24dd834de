#include "store/postgres/database_text.hpp"

#include <gtest/gtest.h>

#include <random>

namespace convoke {
namespace {

std::string kept(std::string_view text) {
  std::string room;
  return std::string(to_database_text(text, room));
}

TEST(DatabaseText, LeavesTextAsItIs) {
  EXPECT_EQ(kept(""), "");
  EXPECT_EQ(kept("Zürich 東京 😀 \n\x7f"), "Zürich 東京 😀 \n\x7f");
}

TEST(DatabaseText, EscapesZeroAndWhatIsNoCharacter) {
  using namespace std::string_view_literals;
  EXPECT_EQ(kept("a\0b"sv),
            "a\U0010FF00"
            "b");
  EXPECT_EQ(kept("\xff"), "\U0010FFFF");
  EXPECT_EQ(kept("\xc3"), "\U0010FFC3") << "cut off";
  EXPECT_EQ(kept("\xc0\xaf"), "\U0010FFC0\U0010FFAF") << "longer than need be";
  EXPECT_EQ(kept("\xed\xa0\x80"), "\U0010FFED\U0010FFA0\U0010FF80") << "a surrogate";
}

TEST(DatabaseText, GivesBackItsOwnEscapes) {
  const std::string text = "\U0010FF41 is no A, \U0010FEFF is nothing special";
  EXPECT_NE(kept(text), text);
  EXPECT_EQ(from_database_text(kept(text)), text);
}

TEST(DatabaseText, GivesBackAnyBytes) {
  std::mt19937 random(5);
  const std::string_view pieces[] = {"\xf4", "\x8f", "\xbc", "\xbf", "\x80", "a", "\xe2\x82\xac", "\xf0\x9f", "\xff"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (unsigned i = random() % 12; i > 0; --i) text += pieces[random() % std::size(pieces)];
    ASSERT_EQ(from_database_text(kept(text)), text);
    ASSERT_EQ(kept(text).find('\xff'), std::string::npos);
  }
}

}  // namespace
}  // namespace convoke
