#include "chat/tool_index.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Tool tool(std::string name, std::string description) {
  Tool made;
  made.name = std::move(name);
  made.description = std::move(description);
  return made;
}

const std::vector<Tool> tools{tool("create_issue", "Opens a new issue in a repository"),
                              tool("listPullRequests", "All pull requests of a repository, newest first"),
                              tool("get_weather", "The weather of a city now"),
                              tool("send_email", "Sends an email to one or more people")};

TEST(ToolIndex, FindsAToolByTheWordsOfItsName) { EXPECT_EQ(ToolIndex(tools).find("create an issue", 3).front(), 0U); }

TEST(ToolIndex, FindsAToolByItsDescription) { EXPECT_THAT(ToolIndex(tools).find("city", 3), ElementsAre(2)); }

TEST(ToolIndex, TakesPluralsAndCaseForTheSameWord) {
  EXPECT_THAT(ToolIndex(tools).find("EMAILS", 3), ElementsAre(3));
  EXPECT_EQ(ToolIndex(tools).find("pull request", 3).front(), 1U);
}

TEST(ToolIndex, PutsARareWordBeforeAFrequentOne) {
  EXPECT_EQ(ToolIndex(tools).find("repository weather", 3).front(), 2U);
}

TEST(ToolIndex, FindsByParameters) {
  std::vector<Tool> with_parameter = tools;
  with_parameter[2].input_schema = {{"properties", {{"zip_code", {{"description", "Postal code"}}}}}};

  EXPECT_THAT(ToolIndex(with_parameter).find("postal", 3), ElementsAre(2));
}

TEST(ToolIndex, ReturnsNoMoreThanAskedFor) { EXPECT_EQ(ToolIndex(tools).find("repository", 1).size(), 1U); }

TEST(ToolIndex, FindsNothingForStrangeWords) {
  EXPECT_THAT(ToolIndex(tools).find("xylophone", 3), IsEmpty());
  EXPECT_THAT(ToolIndex(tools).find("", 3), IsEmpty());
  EXPECT_THAT(ToolIndex({}).find("weather", 3), IsEmpty());
}

TEST(WordsOf, CutsNamesWherePeopleWouldReadThem) {
  EXPECT_THAT(words_of("listOpenIssues"), ElementsAre("list", "open", "issue"));
  EXPECT_THAT(words_of("list_open-issues v2"), ElementsAre("list", "open", "issue", "v2"));
  EXPECT_THAT(words_of("Prüfung der Wörter"), ElementsAre("prüfung", "der", "wörter"));
}

}  // namespace
}  // namespace convoke
