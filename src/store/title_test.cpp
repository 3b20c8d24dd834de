#include "store/title.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(TitleOf, IsTheTextItselfWhenThatIsShort) { EXPECT_EQ(title_of("How is the weather?"), "How is the weather?"); }

TEST(TitleOf, CollapsesWhiteSpaceAndControlCharacters) {
  EXPECT_EQ(title_of("\n  How\tis\r\n\r\n  it\x01going? \n"), "How is it going?");
}

TEST(TitleOf, KeepsTheFirstEightyCharacters) {
  EXPECT_EQ(title_of(std::string(79, 'a') + "bc"), std::string(79, 'a') + "b");
  EXPECT_EQ(title_of(std::string(79, 'a') + " b"), std::string(79, 'a'));
}

TEST(TitleOf, CountsCharactersAndNeverCutsOneInHalf) {
  std::string long_text;
  for (int i = 0; i < 100; ++i) long_text += "ß€😀";

  const std::string title = title_of(long_text);

  EXPECT_EQ(title, long_text.substr(0, 26 * 9 + 2 + 3)) << "26 groups of three characters, then two more";
}

TEST(TitleOf, IsEmptyWhenThereIsNothingToShow) { EXPECT_EQ(title_of(" \n\t"), ""); }

}  // namespace
}  // namespace convoke
