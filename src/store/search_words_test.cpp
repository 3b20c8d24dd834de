#include "store/search_words.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::ElementsAre;

std::vector<std::string> cut(std::string_view text, bool of_query = false) {
  std::vector<std::string> words;
  for (const CutWord& word : WordCutter::make().value().cut(text, of_query)) words.push_back(word.word);
  return words;
}

std::vector<SnippetPart> snippet(std::string_view text, const std::vector<SearchPhrase>& phrases) {
  return snippet_around(text, WordCutter::make().value().cut(text, false), phrases);
}

TEST(WordCutter, TakesCaseAndAccentsOff) { EXPECT_THAT(cut("Crème, BRÛLÉE!"), ElementsAre("creme", "brulee")); }

TEST(WordCutter, CutsScriptsWithoutSpacesIntoPairs) {
  EXPECT_THAT(cut("to 東京都"), ElementsAre("to", "東京", "京都", "都"));
  EXPECT_THAT(cut("東京都", true), ElementsAre("東京", "京都"));
}

TEST(Snippet, ShowsAShortTextWhole) {
  EXPECT_THAT(snippet("The moon, the Moon!", {{{"moon"}}}),
              ElementsAre(SnippetPart{"The "}, SnippetPart{"moon", true}, SnippetPart{", the "},
                          SnippetPart{"Moon", true}, SnippetPart{"!"}));
  EXPECT_THAT(snippet("a b", {}), ElementsAre(SnippetPart{"a b"}));
}

TEST(Snippet, MarksPhrasesAndBeginnings) {
  EXPECT_THAT(snippet("the road, the roadworks", {{{"the", "roadw"}, true}}),
              ElementsAre(SnippetPart{"the road, "}, SnippetPart{"the roadworks", true}));
  EXPECT_THAT(snippet("東京都", {{{"東京", "京都"}}}), ElementsAre(SnippetPart{"東京都", true}));
}

TEST(Snippet, ShowsTheWordsAroundMostMatchesOfALongText) {
  std::string text = "cat ";
  for (int i = 0; i < 100; ++i) text += "word ";
  text += "cat and cat ";
  for (int i = 0; i < 100; ++i) text += "word ";

  const auto parts = snippet(text, {{{"cat"}}});

  ASSERT_EQ(parts.size(), 5U);
  EXPECT_TRUE(parts[0].text.starts_with("…word "));
  EXPECT_EQ(parts[1], (SnippetPart{"cat", true}));
  EXPECT_EQ(parts[2].text, " and ");
  EXPECT_TRUE(parts[4].text.ends_with("word…"));
}

}  // namespace
}  // namespace convoke
