#include "chat/tool_index.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>

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

TEST(ToolIndex, FindsInScriptsWithoutSpaces) {
  const std::vector<Tool> chinese{tool("a", "查询城市的天气预报"), tool("b", "发送电子邮件，给一个人")};

  EXPECT_THAT(ToolIndex(chinese).find("今天天气", 3), ElementsAre(0));
  EXPECT_THAT(ToolIndex(chinese).find("写邮件", 3), ElementsAre(1));
  EXPECT_THAT(ToolIndex(chinese).find("，", 3), IsEmpty());
}

TEST(ToolIndex, ReturnsNoMoreThanAskedFor) { EXPECT_EQ(ToolIndex(tools).find("repository", 1).size(), 1U); }

TEST(ToolIndex, FindsNothingForStrangeWords) {
  EXPECT_THAT(ToolIndex(tools).find("xylophone", 3), IsEmpty());
  EXPECT_THAT(ToolIndex(tools).find("", 3), IsEmpty());
  EXPECT_THAT(ToolIndex({}).find("weather", 3), IsEmpty());
}

std::vector<std::vector<std::string>> rows_of(const std::string& file) {
  std::ifstream stream(std::string(CONVOKE_TESTDATA) + "/" + file);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(stream, line);) {
    std::vector<std::string>& row = rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) row.push_back(cell);
  }
  return rows;
}

// tools.tsv: server, name and description of tools that people use; tool_queries.tsv: what a model might look for, and
// the tool that is meant.
TEST(ToolIndex, FindsTheToolThatIsMeantAmongManyRealOnes) {
  std::vector<Tool> many;
  for (const auto& row : rows_of("tools.tsv")) {
    many.push_back(tool(row.at(1), row.at(2)));
    many.back().server = row.at(0);
  }
  const auto queries = rows_of("tool_queries.tsv");
  const ToolIndex index(many);

  std::size_t first = 0, among_five = 0;
  for (const auto& query : queries) {
    const auto found = index.find(query.at(0), 5);
    const auto is_meant = [&](std::size_t i) { return many[i].name == query.at(1); };
    first += !found.empty() && is_meant(found.front()) ? 1 : 0;
    among_five += std::ranges::any_of(found, is_meant) ? 1 : 0;
  }

  ASSERT_EQ(many.size(), 160U);
  ASSERT_EQ(queries.size(), 95U);
  EXPECT_GE(among_five, 94U);
  EXPECT_GE(first, 87U);
}

TEST(WordsOf, CutsNamesWherePeopleWouldReadThem) {
  EXPECT_THAT(words_of("listOpenIssues"), ElementsAre("list", "open", "issue"));
  EXPECT_THAT(words_of("list_open-issues v2"), ElementsAre("list", "open", "issue", "v2"));
  EXPECT_THAT(words_of("Prüfung der „Wörter“…"), ElementsAre("prüfung", "der", "wörter"));
  EXPECT_THAT(words_of("\xff"), IsEmpty());
}

}  // namespace
}  // namespace convoke
