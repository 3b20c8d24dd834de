#include "store/search_terms.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(SearchTerms, WriteWhatPeopleTypeAsQuotedTerms) {
  const auto expression = [](std::string text) { return match_expression({.text = std::move(text)}, {}).value(); };

  EXPECT_EQ(expression("two words"), R"(words : ("two" AND "words"))");
  EXPECT_EQ(expression(R"("a phrase" wor* -not)"), R"x((words : ("a phrase" AND "wor*" *) NOT words : ("not")))x");
  EXPECT_EQ(expression("京"), R"(words : ("京" *))");
  EXPECT_EQ(expression("東京"), R"(words : ("東京"))");
  EXPECT_EQ(expression("OR ) --"), R"(words : ("OR"))");
  EXPECT_EQ(expression("\"open"), R"(words : ("open"))");
}

TEST(SearchTerms, SpellBeginningsOut) {
  const SpellOut spell_out = [](const std::string& beginning) {
    return beginning == "messag*" ? std::vector<std::string>{"message", "messages"} : std::vector<std::string>{};
  };

  EXPECT_EQ(match_expression({.text = "messag* me* messag"}, {}, spell_out).value(),
            R"x(words : (("message" OR "messages") AND "me*" * AND "messag"))x");
}

TEST(SearchTerms, NarrowByWhatEveryEventHas) {
  const WallTime november = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23};
  const SearchQuery query{.text = "x", .role = Role::tool, .from = november, .until = november + std::chrono::days(60)};

  EXPECT_EQ(match_expression(query, 7).value(),
            R"(words : ("x") AND place : c7 AND place : rtool AND place : (m202611 OR m202612 OR m202701))");
  EXPECT_EQ(place_of_event(7, Role::tool, to_iso8601(november)), "c7 rtool m202611 y2026");
}

TEST(SearchTerms, CutTextsWhereAScriptWithoutSpacesBegins) {
  const std::string text = "go 東京 now";
  std::vector<std::string> runs;
  for (const ScriptRun& run : script_runs(text)) runs.push_back(text.substr(run.begin, run.end - run.begin));

  EXPECT_THAT(runs, ElementsAre("go ", "東京", " now"));
  EXPECT_THAT(script_runs("\xff\xe6\x9d"), testing::SizeIs(1));
}

TEST(SearchTerms, PairNeighbouringCharacters) {
  EXPECT_THAT(dense_tokens("東京都", false), ElementsAre(Pair(0, 6), Pair(3, 9), Pair(6, 9)));
  EXPECT_THAT(dense_tokens("東京都", true), ElementsAre(Pair(0, 6), Pair(3, 9)));
  EXPECT_THAT(dense_tokens("東", true), ElementsAre(Pair(0, 3)));
}

TEST(SearchTerms, ReadTheMarksOfASnippet) {
  EXPECT_THAT(snippet_parts("a \2b\3 c"), ElementsAre(SnippetPart{"a "}, SnippetPart{"b", true}, SnippetPart{" c"}));
  EXPECT_THAT(snippet_parts("\2b"), ElementsAre(SnippetPart{"b", true}));
}

}  // namespace
}  // namespace convoke
