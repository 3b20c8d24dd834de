#include "tokens/split_pattern.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::HasSubstr;

/// What the pattern matches at the front of `text`; "-" for nothing.
std::string front(std::string_view pattern, std::string_view text) {
  const auto parsed = SplitPattern::parse(pattern);
  if (!parsed) return parsed.error().message;
  const char* const end = parsed->match(text.data(), text.data() + text.size());
  return end ? std::string(text.data(), end) : "-";
}

TEST(SplitPattern, TakesTheFirstAlternativeThatMatches) {
  EXPECT_EQ(front("ab|abc|a", "abcd"), "ab");
  EXPECT_EQ(front("(?:ab|a)c", "ac"), "ac");
  EXPECT_EQ(front("x|y", "abcd"), "-");
}

TEST(SplitPattern, RepeatsAsOftenAsTheRestAllows) {
  EXPECT_EQ(front("a*ab", "aaab"), "aaab");
  EXPECT_EQ(front("a{1,3}", "aaaaa"), "aaa");
  EXPECT_EQ(front("(?:ab)+", "ababa"), "abab");
  EXPECT_EQ(front("a?b", "b"), "b");
  EXPECT_EQ(front("a++a", "aaa"), "-");
}

TEST(SplitPattern, LooksAhead) {
  EXPECT_EQ(front(R"(\s+(?!\S))", "   x"), "  ");
  EXPECT_EQ(front(R"(\s+(?!\S))", "   "), "   ");
  EXPECT_EQ(front("a(?=b)", "ab"), "a");
  EXPECT_EQ(front("a$", "ab"), "-");
}

TEST(SplitPattern, KnowsSetsAndCategories) {
  EXPECT_EQ(front(R"([^\r\n\p{L}]+)", "12 ä"), "12 ");
  EXPECT_EQ(front(R"(\p{Lu}+)", "ÄÖǅä"), "ÄÖ");
  EXPECT_EQ(front(R"([\p{P}\p{S}]+)", "…€+a"), "…€+");
  EXPECT_EQ(front("[一-龥]+", "你好a"), "你好");
  EXPECT_EQ(front(R"([\]\-a-c]+)", "a-]cd"), "a-]c");
}

TEST(SplitPattern, TakesBothCasesWhereToldTo) {
  EXPECT_EQ(front("(?i:'s|'t)", "'S"), "'S");
  EXPECT_EQ(front("(?i:'s)", "'ſ"), "'ſ");
  EXPECT_EQ(front("'s", "'S"), "-");
}

TEST(SplitPattern, SaysWhatItDoesNotKnow) {
  EXPECT_THAT(front("a+?", ""), HasSubstr("lazy repetition at byte 2"));
  EXPECT_THAT(front("(?<=a)", ""), HasSubstr("a group of a kind not known"));
  EXPECT_THAT(front(R"(\w)", ""), HasSubstr("the escape \\w"));
  EXPECT_THAT(front(R"(\p{Han})", ""), HasSubstr("'Han'"));
  EXPECT_THAT(front("(a", ""), HasSubstr("without its ')'"));
  EXPECT_THAT(front("a)", ""), HasSubstr("without its '('"));
  EXPECT_THAT(front("[a", ""), HasSubstr("without its ']'"));
}

}  // namespace
}  // namespace convoke
