#include "hub/fake_toolbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/run.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using namespace asio::experimental::awaitable_operators;

ToolResult answer_of(FakeToolbox& tools, const std::string& tool) {
  return run(tools.call({"call_1", tool, "{}"}, [](const ToolProgress&) {}));
}

TEST(FakeToolbox, AnswersAndFailsAsItWasTold) {
  FakeToolbox tools;
  tools.answers("weather", "sunny");
  tools.fails("search", "connection refused");

  EXPECT_EQ(answer_of(tools, "weather"), (ToolResult{.call_id = "call_1", .name = "weather", .text = "sunny"}));
  EXPECT_EQ(answer_of(tools, "search").text, "connection refused");
  EXPECT_TRUE(answer_of(tools, "search").is_error);
  EXPECT_TRUE(answer_of(tools, "unheard of").is_error);
}

TEST(FakeToolbox, ListsItsToolsAndRemembersItsCalls) {
  FakeToolbox tools;
  tools.answers("weather", "sunny");
  answer_of(tools, "weather");

  EXPECT_EQ(tools.tools()->at(0).name, "weather");
  EXPECT_THAT(tools.calls(), ElementsAre(ToolCall{"call_1", "weather", "{}"}));
}

TEST(FakeToolbox, HangsUntilItIsCancelled) {
  FakeToolbox tools;
  tools.hangs("sleep");
  const auto scenario = [&]() -> Task<> {
    co_await (tools.call({"call_1", "sleep", "{}"}, [](const ToolProgress&) {}) || yield_to_loop());
  };

  run(scenario());

  EXPECT_EQ(tools.cancelled_calls(), 1);
}

TEST(FakeToolbox, ReportsProgressBeforeItAnswers) {
  FakeToolbox tools;
  tools.reports("copy", {.progress = 1, .total = 2, .message = "half"});
  std::vector<std::string> seen;

  run(tools.call({"call_1", "copy", "{}"}, [&](const ToolProgress& progress) { seen.push_back(progress.message); }));

  EXPECT_THAT(seen, ElementsAre("half"));
}

}  // namespace
}  // namespace convoke
