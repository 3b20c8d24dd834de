#include "gateway/mcp_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/run.hpp"
#include "hub/testing/local_servers.hpp"
#include "mcp/client/client.hpp"
#include "mcp/server/in_memory_transport.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace asio::experimental::awaitable_operators;
using mcp::EraChoice;

const SystemClock system_clock;

mcp::ElicitResult accepted(const std::string& name) {
  return {.action = mcp::ElicitResult::Action::accept, .content = json::object{{"name", name}}};
}

/// What a test says a tool answers, in words.
std::string words_of(const Result<mcp::CallToolResult>& result) {
  if (!result) return "error: " + result.error().message;
  return std::get<mcp::TextContent>(result->content.at(0)).text;
}

/// Servers behind a gateway, and one client of it; each test runs with both sides in either era.
class McpGatewayTest : public testing::TestWithParam<std::tuple<EraChoice, EraChoice>> {
 protected:
  void with_gateway(std::vector<std::string> servers, std::function<Task<Result<void>>(mcp::Client&)> scenario) {
    const auto [server_era, client_era] = GetParam();
    std::vector<ServerEntry> entries;
    for (const std::string& name : servers) {
      entries.push_back({.name = name, .era = server_era, .command = "not used"});
    }
    const ConnectionSettings impatient{.initial_reconnect_delay = 5ms, .max_reconnect_delay = 20ms};
    const Executor executor = loop.get_executor();
    Hub hub(std::move(entries), impatient, executor, local.transports(), system_clock, Log{});
    McpGateway gateway(executor, hub, settings, Log{});
    options.era = client_era;
    mcp::Client client(executor, mcp::in_memory_transport(executor, gateway.server(), Log{}), options, Log{});
    auto body = [&]() -> Task<> {
      while (std::ranges::any_of(hub.servers(), [](auto& s) { return s.state != ServerState::ready; })) {
        co_await hub.changed();
      }
      co_await yield_to_loop();
      const auto ended = co_await client.run([&] { return scenario(client); });
      EXPECT_TRUE(ended) << ended.error().message;
    };
    auto all = [&]() -> Task<> { co_await (body() || hub.run() || gateway.run()); };
    run(loop, local.run(all()));
  }

  /// A tool that asks for names until it has `count`, and then says them; `begun` counts its calls.
  void offer_asking(mcp::Server& server, int count) {
    server.add_tool({.name = "ask"},
                    [count, this](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
                      ++begun;
                      std::string names;
                      for (int i = 0; i < count; ++i) {
                        mcp::ElicitRequest request{.message = "name " + std::to_string(i)};
                        CO_TRY(const auto answer, co_await context.elicit(request.message, request));
                        if (!answer.content) co_return mcp::text_result("declined");
                        names += string_or_empty(*answer.content, "name");
                      }
                      co_return mcp::text_result(names);
                    });
  }

  asio::io_context loop{1};
  LocalServers local{loop.get_executor()};
  McpGatewaySettings settings;
  mcp::ClientOptions options;
  int begun = 0;
};

INSTANTIATE_TEST_SUITE_P(Eras, McpGatewayTest,
                         testing::Combine(testing::Values(EraChoice::legacy, EraChoice::modern),
                                          testing::Values(EraChoice::legacy, EraChoice::modern)),
                         [](const auto& eras) {
                           const auto name = [](EraChoice era) {
                             return era == EraChoice::legacy ? "legacy" : "modern";
                           };
                           return std::string(name(std::get<0>(eras.param))) + "_server_" +
                                  name(std::get<1>(eras.param)) + "_client";
                         });

TEST_P(McpGatewayTest, PutsWhatAServerAsksToTheClientThatMadeTheCall) {
  offer_asking(local["a"], 2);
  std::vector<std::string> asked;
  options.host.elicit = [&](mcp::ElicitRequest request) -> Task<Result<mcp::ElicitResult>> {
    asked.push_back(request.message);
    co_return accepted("<" + request.message + ">");
  };

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    EXPECT_EQ(words_of(co_await client.call_tool("ask", {})), "<name 0><name 1>");
    co_return Result<void>{};
  });

  EXPECT_THAT(asked, ElementsAre("name 0", "name 1"));
  if (std::get<0>(GetParam()) == EraChoice::legacy) EXPECT_EQ(begun, 1) << "the call was made twice";
}

TEST_P(McpGatewayTest, DeclinesForAClientThatCannotBeAsked) {
  offer_asking(local["a"], 1);

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    EXPECT_EQ(words_of(co_await client.call_tool("ask", {})), "declined");
    co_return Result<void>{};
  });
}

TEST_P(McpGatewayTest, OffersNoToolThatIsDenied) {
  for (const auto* tool : {"good", "bad"}) {
    local["a"].add_tool({.name = tool}, [](const json::object&) { return mcp::text_result("done"); });
  }
  settings.approvals.rules = {{.choice = ApprovalChoice::deny, .server = "a", .tool = "b*"}};

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    CO_TRY(const auto tools, co_await client.list_tools());
    EXPECT_EQ(tools.size(), 1u);
    EXPECT_THAT(words_of(co_await client.call_tool("bad", {})), HasSubstr("no tool 'bad'"));
    EXPECT_EQ(words_of(co_await client.call_tool("good", {})), "done");
    co_return Result<void>{};
  });
}

TEST_P(McpGatewayTest, TellsClientsWhenTheToolsChange) {
  local["a"].add_tool({.name = "first"}, [](const json::object&) { return mcp::text_result("done"); });
  bool told = false;
  options.events.on_tools_changed = [&] { told = true; };

  with_gateway({"a"}, [&](mcp::Client& client) -> Task<Result<void>> {
    co_await sleep_for(20ms);  // a modern client has subscribed by now
    local["a"].add_tool({.name = "second"}, [](const json::object&) { return mcp::text_result("done"); });
    const auto patience = SteadyClock::now() + 10s;
    while (!told && SteadyClock::now() < patience) co_await sleep_for(1ms);
    CO_TRY(const auto tools, co_await client.list_tools());
    EXPECT_EQ(tools.size(), 2u);
    co_return Result<void>{};
  });

  EXPECT_TRUE(told);
}

TEST_P(McpGatewayTest, CancelsACallAtItsServer) {
  bool began = false;
  bool cancelled = false;
  local["a"].add_tool({.name = "hang"}, [&](mcp::RequestContext&, json::object) -> Task<Result<mcp::CallToolResult>> {
    struct Ended {
      bool& flag;
      ~Ended() { flag = true; }
    } const ended{cancelled};
    began = true;
    co_await sleep_until(Deadline::max());
    co_return mcp::text_result("never");
  });

  with_gateway({"a"}, [&](mcp::Client& client) -> Task<Result<void>> {
    auto begins = [&]() -> Task<> {
      while (!began) co_await sleep_for(1ms);
    };
    co_await (client.call_tool("hang", {}) || begins());
    const auto patience = SteadyClock::now() + 10s;
    while (!cancelled && SteadyClock::now() < patience) co_await sleep_for(1ms);
    EXPECT_TRUE(cancelled);
    co_return Result<void>{};
  });
}

TEST_P(McpGatewayTest, ReadsAResourceByTheNameThatALinkGivesIt) {
  for (const auto* name : {"a", "b"}) {
    mcp::Server& server = local[name];
    server.add_resource_template(
        {.uri_template = "doc://{id}", .name = "doc"},
        [name](mcp::RequestContext&, std::string uri, mcp::UriVariables) -> Task<Result<mcp::ReadResourceResult>> {
          co_return mcp::ReadResourceResult{{{.uri = uri, .text = std::string(name) + " has " + uri}}};
        });
    server.add_tool({.name = "find"}, [](const json::object&) {
      return mcp::CallToolResult{.content = {mcp::ResourceLink{.uri = "doc://7", .name = "seven"}}};
    });
  }

  with_gateway({"a", "b"}, [](mcp::Client& client) -> Task<Result<void>> {
    CO_TRY(const auto found, co_await client.call_tool("b__find", {}));
    const std::string uri = std::get<mcp::ResourceLink>(found.content.at(0)).uri;
    EXPECT_EQ(uri, "convoke://b/doc://7");
    CO_TRY(const auto read, co_await client.read_resource(uri));
    EXPECT_EQ(read.contents.at(0).text, "b has doc://7");
    EXPECT_EQ(read.contents.at(0).uri, uri);
    co_return Result<void>{};
  });
}

}  // namespace
}  // namespace convoke
