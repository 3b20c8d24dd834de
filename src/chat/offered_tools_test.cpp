#include "chat/offered_tools.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;

std::vector<Tool> many_tools(int count) {
  std::vector<Tool> tools(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    Tool& tool = tools[static_cast<std::size_t>(i)];
    tool.name = "tool_" + std::to_string(i);
    tool.server = "many";
    tool.description = "Does the thing number " + std::to_string(i) + " in a way that takes a sentence to tell";
  }
  return tools;
}

std::vector<std::string> names_of(const OfferedTools& offered) {
  std::vector<std::string> names;
  for (const ToolDefinition& tool : offered.definitions) names.push_back(tool.name);
  return names;
}

class OfferedToolsTest : public testing::Test {
 protected:
  TokenCounts counts{1 << 20};
  MessageCounter counter{counts, o200k_base()};
  ContextLimits limits{.max_tokens = 10'000};
};

TEST_F(OfferedToolsTest, AreAllToolsWhileTheyAreFew) {
  const OfferedTools offered = offer_tools(many_tools(2), counter, limits);

  EXPECT_THAT(names_of(offered), ElementsAre("tool_0", "tool_1", "read_result"));
  EXPECT_EQ(offered.tokens, counter.count(offered.definitions));
  EXPECT_EQ(offered.saved_tokens, 0);
}

TEST_F(OfferedToolsTest, AreAPairToSearchAndCallWhenTheyAreMany) {
  const OfferedTools offered = offer_tools(many_tools(200), counter, limits);

  EXPECT_THAT(names_of(offered), ElementsAre("find_tools", "call_tool", "read_result"));
  EXPECT_GT(offered.saved_tokens, 3000);
  EXPECT_EQ(offered.index->find("number 17", 1), std::vector<std::size_t>{17});
}

TEST_F(OfferedToolsTest, StayTheSameWhicheverToolsAreSearched) {
  EXPECT_EQ(offer_tools(many_tools(200), counter, limits).definitions,
            offer_tools(many_tools(300), counter, limits).definitions);
}

TEST_F(OfferedToolsTest, AreNeverSearchedWhenTheShareIsAHundredPercent) {
  limits.max_tools_percent = 100;

  EXPECT_EQ(offer_tools(many_tools(1000), counter, limits).definitions.size(), 1001U);
}

TEST_F(OfferedToolsTest, AreNoneWithoutServers) { EXPECT_TRUE(offer_tools({}, counter, limits).definitions.empty()); }

TEST_F(OfferedToolsTest, GiveWayToAServersToolOfTheSameName) {
  std::vector<Tool> tools = many_tools(1);
  tools[0].name = "read_result";

  EXPECT_EQ(offer_tools(tools, counter, limits).definitions.size(), 1U);
}

TEST_F(OfferedToolsTest, AreMadeOnceWhileNothingChanges) {
  asio::io_context loop{1};
  ToolOffers offers;
  const auto tools = std::make_shared<const std::vector<Tool>>(many_tools(3));
  const auto settings = std::make_shared<const ChatSettings>();
  const auto get = [&](ToolOffers::Settings with) {
    return run(loop, offers.get(tools, std::move(with), counter, loop.get_executor(),
                                [](const Tool& tool) { return tool.name != "tool_1"; }));
  };

  const auto first = get(settings);

  EXPECT_EQ(get(settings), first);
  EXPECT_NE(get(std::make_shared<const ChatSettings>()), first);
  EXPECT_THAT(names_of(*first), ElementsAre("tool_0", "tool_2", "read_result"));
}

}  // namespace
}  // namespace convoke
