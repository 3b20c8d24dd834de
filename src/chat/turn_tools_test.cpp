#include "chat/turn_tools.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "hub/fake_toolbox.hpp"
#include "store/memory_store.hpp"
#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TurnToolsTest : public testing::Test {
 protected:
  TurnToolsTest() {
    toolbox.has({.name = "get_weather", .server = "sky", .description = "The weather of a city"});
    toolbox.has({.name = "send_mail", .server = "post", .description = "Sends a letter to somebody"});
    toolbox.answers("get_weather", "sunny");
    offer(1);
  }

  /// From how many percent on tools are searched.
  void offer(int percent) {
    tools.use(std::make_shared<const OfferedTools>(
                  offer_tools(*toolbox.tools(), counter, {.max_tokens = 1000, .max_tools_percent = percent})),
              100);
  }
  ToolResult call(std::string name, json::object arguments) {
    ToolCaller nobody;
    ToolCall call{"call_1", std::move(name), json::serialize(arguments)};
    return run(loop, tools.call(tools.resolved(std::move(call)), nobody));
  }
  void remember_result(const std::string& id, std::string text) {
    Event event;
    event.conversation_id = "c";
    event.timestamp = WallTime{} + 1h;
    event.type = EventType::tool_result;
    event.message = tool_message({.call_id = "x", .name = "read", .text = std::move(text)});
    event.details = {{"result_id", id}};
    run(loop, store.append({event})).value();
  }

  asio::io_context loop{1};
  FakeToolbox toolbox;
  MemoryStore store;
  TokenCounts counts{1 << 20};
  MessageCounter counter{counts, o200k_base()};
  TurnTools tools{toolbox, store, "c"};
};

TEST_F(TurnToolsTest, FindsToolsWithTheirParameters) {
  const ToolResult found = call("find_tools", {{"query", "weather in Oslo"}});

  EXPECT_THAT(found.text, HasSubstr(R"("name":"get_weather")"));
  EXPECT_FALSE(found.is_error);
}

TEST_F(TurnToolsTest, NamesTheServersWhenNothingFits) {
  EXPECT_THAT(call("find_tools", {{"query", "xylophone"}}).text, HasSubstr("The tools are those of: sky, post."));
}

TEST_F(TurnToolsTest, CallsWhatWasFound) {
  const ToolResult result = call("call_tool", {{"name", "get_weather"}, {"arguments", {{"city", "Oslo"}}}});

  EXPECT_EQ(result.text, "sunny");
  EXPECT_THAT(toolbox.calls(), ElementsAre(ToolCall{"call_1", "get_weather", R"({"city":"Oslo"})"}));
}

TEST_F(TurnToolsTest, TakesArgumentsThatAreText) {
  call("call_tool", {{"name", "get_weather"}, {"arguments", R"({"city":"Oslo"})"}});

  EXPECT_THAT(toolbox.calls(), ElementsAre(ToolCall{"call_1", "get_weather", R"({"city":"Oslo"})"}));
}

TEST_F(TurnToolsTest, ExplainsACallOfAToolThatIsNotThere) {
  const ToolResult result = call("call_tool", {{"name", "get_wether"}, {"arguments", json::object{}}});

  EXPECT_TRUE(result.is_error);
  EXPECT_THAT(result.text, HasSubstr("no tool 'get_wether'"));
}

TEST_F(TurnToolsTest, KnowsWhoseATool) {
  EXPECT_EQ(tools.server_of("find_tools"), "convoke");
  EXPECT_EQ(tools.server_of("get_weather"), "sky");
  EXPECT_EQ(tools.server_of("unknown"), "");
}

TEST_F(TurnToolsTest, LeavesTheNamesOfTheHouseToServersWhereItDoesNotUseThem) {
  toolbox.answers("find_tools", "the server's own");
  offer(100);

  EXPECT_EQ(call("find_tools", {{"query", "weather"}}).text, "the server's own");
}

TEST_F(TurnToolsTest, ReadsALongResultPageByPage) {
  const std::string text = std::string(99, 'a') + "\n" + std::string(99, 'b') + "\n" + "end";
  remember_result("res_1", text);
  remember_result("res_2", "another");

  EXPECT_EQ(call("read_result", {{"id", "res_1"}, {"page", 2}}).text, std::string(99, 'b') + "\n\n[page 2 of 3]");
  EXPECT_EQ(call("read_result", {{"id", "res_1"}, {"page", 3}}).text, "end");
  EXPECT_EQ(call("read_result", {{"id", "res_2"}}).text, "another");
}

TEST_F(TurnToolsTest, SaysWhichPagesThereAre) {
  remember_result("res_1", "short");

  EXPECT_THAT(call("read_result", {{"id", "res_1"}, {"page", 2}}).text, HasSubstr("the pages are 1 to 1"));
  EXPECT_THAT(call("read_result", {{"id", "res_9"}, {"page", 1}}).text, HasSubstr("no result 'res_9'"));
  EXPECT_TRUE(call("read_result", json::object{}).is_error);
}

}  // namespace
}  // namespace convoke
