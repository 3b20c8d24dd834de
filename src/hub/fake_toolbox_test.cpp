#include "hub/fake_toolbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/run.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using namespace asio::experimental::awaitable_operators;

ToolResult answer_of(FakeToolbox& tools, const std::string& tool) {
  ToolCaller nobody;
  return run(tools.call({"call_1", tool, "{}"}, nobody));
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
  ToolCaller nobody;
  const auto scenario = [&]() -> Task<> {
    co_await (tools.call({"call_1", "sleep", "{}"}, nobody) || yield_to_loop());
  };

  run(scenario());

  EXPECT_EQ(tools.cancelled_calls(), 1);
}

TEST(FakeToolbox, ReportsProgressBeforeItAnswers) {
  FakeToolbox tools;
  tools.reports("copy", {.progress = 1, .total = 2, .message = "half"});
  struct Listener : ToolCaller {
    void on_progress(const ToolProgress& progress) override { seen.push_back(progress.message); }
    std::vector<std::string> seen;
  } listener;

  run(tools.call({"call_1", "copy", "{}"}, listener));

  EXPECT_THAT(listener.seen, ElementsAre("half"));
}

}  // namespace
}  // namespace convoke
