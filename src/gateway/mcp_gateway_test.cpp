#include "gateway/mcp_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

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
      entries.push_back({.name = name, .era = server_era, .command = "not used", .allow_sampling = allow_sampling});
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
  bool allow_sampling = false;  ///< a legacy server is told once what may be asked
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

TEST_P(McpGatewayTest, SaysForAClientThatCannotBeAskedWhatTheServersEraKnows) {
  offer_asking(local["a"], 1);

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    const std::string words = words_of(co_await client.call_tool("ask", {}));
    if (std::get<0>(GetParam()) == EraChoice::legacy) {
      EXPECT_EQ(words, "declined");  // by us: the server was told that we can be asked
    } else {
      EXPECT_THAT(words, HasSubstr("error -32021"));  // by the server, which was told what this client can do
    }
    co_return Result<void>{};
  });
}

TEST_P(McpGatewayTest, PutsSeveralQuestionsAtOnce) {
  local["a"].add_tool({.name = "ask"},
                      [](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
                        const auto first = co_await context.elicit("name", {.message = "first"});
                        const auto second = co_await context.sample("words", {.max_tokens = 10});
                        if (!first || !second) co_return fail(Errc::unavailable, "not answered");
                        co_return mcp::text_result(string_or_empty(*first->content, "name") + second->model);
                      });
  int rounds = 0;
  options.host.elicit = [&](mcp::ElicitRequest) -> Task<Result<mcp::ElicitResult>> {
    ++rounds;
    co_return accepted("Ada");
  };
  options.host.sample = [](mcp::SamplingRequest) -> Task<Result<mcp::SamplingResult>> {
    co_return mcp::SamplingResult{.content = {mcp::TextContent{"yes"}}, .model = " of m"};
  };
  allow_sampling = true;

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    EXPECT_EQ(words_of(co_await client.call_tool("ask", {})), "Ada of m");
    co_return Result<void>{};
  });

  EXPECT_EQ(rounds, 1);
}

/// A tool whose calls are tasks. It asks for a name on its way.
void offer_task(mcp::Server& server) {
  mcp::Tool tool{.name = "job", .task_support = mcp::TaskSupport::required};
  server.add_tool(std::move(tool), [](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
    context.become_task();
    co_await context.progress(1, 2, "half of it");
    CO_TRY(const auto answer, co_await context.elicit("name", {.message = "Whose?"}));
    co_return mcp::text_result("the job of " + string_or_empty(*answer.content, "name"));
  });
}

TEST_P(McpGatewayTest, PassesOnTheTasksOfItsServers) {
  offer_task(local["a"]);
  options.host.elicit = [](mcp::ElicitRequest) -> Task<Result<mcp::ElicitResult>> { co_return accepted("Ada"); };

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    CO_TRY(const auto started, co_await client.start_tool("job", {}));
    const auto* task = std::get_if<mcp::TaskReport>(&started);
    if (!task) co_return fail(Errc::protocol, "it was not made a task");
    EXPECT_EQ(words_of(co_await client.await_task({.id = task->id, .poll_interval = 1ms})), "the job of Ada");
    co_return Result<void>{};
  });
}

TEST_P(McpGatewayTest, WaitsForATaskForAClientThatKnowsNone) {
  offer_task(local["a"]);
  options.tasks = false;
  options.legacy_revision = mcp::Revision::v2025_06_18;
  options.host.elicit = [](mcp::ElicitRequest) -> Task<Result<mcp::ElicitResult>> { co_return accepted("Ada"); };

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    EXPECT_EQ(words_of(co_await client.call_tool("job", {})), "the job of Ada");
    co_return Result<void>{};
  });
}

TEST_P(McpGatewayTest, CancelsATaskAtItsServer) {
  bool begun = false;
  bool unwound = false;
  mcp::Tool tool{.name = "job", .task_support = mcp::TaskSupport::required};
  local["a"].add_tool(std::move(tool),
                      [&](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
                        struct OnEnd {
                          bool& flag;
                          ~OnEnd() { flag = true; }
                        } const on_end{unwound};
                        context.become_task();
                        begun = true;
                        co_await sleep_for(1h);
                        co_return mcp::text_result("");
                      });

  with_gateway({"a"}, [&](mcp::Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    CO_TRY(const auto started, co_await client.start_tool("job", {}));
    while (!begun) co_await yield_to_loop();
    for (int turn = 0; turn < 100; ++turn) co_await yield_to_loop();  // until the gateway knows the task
    CO_CHECK(co_await client.cancel_task(std::get<mcp::TaskReport>(started).id));
    while (!unwound) co_await yield_to_loop();
    co_return Result<void>{};
  });
}

TEST_P(McpGatewayTest, TellsOfResourcesThatAClientSubscribesTo) {
  mcp::Server& server = local["a"];
  server.add_resource(
      {.uri = "note://1", .name = "one"},
      [](mcp::RequestContext&, std::string uri, mcp::UriVariables) -> Task<Result<mcp::ReadResourceResult>> {
        co_return mcp::ReadResourceResult{{{.uri = uri, .text = "text"}}};
      });
  std::set<std::string> subscribed;
  server.set_subscriptions([&](const std::string& uri, bool wanted) {
    wanted ? void(subscribed.insert(uri)) : void(subscribed.erase(uri));
  });
  std::vector<std::string> told;
  options.events.on_resource_updated = [&](const std::string& uri) { told.push_back(uri); };

  with_gateway({"a"}, [&](mcp::Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.subscribe_resource("note://1"));
    const auto patience = SteadyClock::now() + 10s;
    while (subscribed.empty() && SteadyClock::now() < patience) co_await sleep_for(1ms);
    server.changed(mcp::Change::resource, "note://2");
    server.changed(mcp::Change::resource, "note://1");
    while (told.empty() && SteadyClock::now() < patience) co_await sleep_for(1ms);
    CO_CHECK(co_await client.unsubscribe_resource("note://1"));
    while (!subscribed.empty() && SteadyClock::now() < patience) co_await sleep_for(1ms);
    co_return Result<void>{};
  });

  EXPECT_THAT(told, ElementsAre("note://1"));
  EXPECT_TRUE(subscribed.empty());
}

TEST_P(McpGatewayTest, PassesOnTheLogOfACallThatIsAlone) {
  local["a"].add_tool({.name = "talk"},
                      [](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
                        co_await context.log(mcp::LoggingLevel::debug, "too quiet");
                        co_await context.log(mcp::LoggingLevel::warning, "hear me", "the logger");
                        co_return mcp::text_result("done");
                      });
  std::vector<std::string> heard;
  options.log_level = mcp::LoggingLevel::info;
  options.events.on_log = [&](const mcp::LogMessage& line) {
    heard.push_back(line.logger + ": " + std::string(line.data.as_string()));
  };

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    EXPECT_EQ(words_of(co_await client.call_tool("talk", {})), "done");
    co_return Result<void>{};
  });

  EXPECT_THAT(heard, ElementsAre("the logger: hear me"));
}

TEST_P(McpGatewayTest, RelaysTheRootsOfItsClientToAModernServer) {
  local["a"].add_tool({.name = "where"},
                      [](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
                        CO_TRY(const auto roots, co_await context.roots("folders"));
                        co_return mcp::text_result(roots.at(0).uri);
                      });
  options.host.roots = []() -> Task<Result<std::vector<mcp::Root>>> {
    co_return std::vector{mcp::Root{"file:///home"}};
  };

  with_gateway({"a"}, [](mcp::Client& client) -> Task<Result<void>> {
    const std::string words = words_of(co_await client.call_tool("where", {}));
    // A legacy server was told once, before there was a client, that nobody here has roots.
    const bool can_be_told = std::get<0>(GetParam()) == EraChoice::modern;
    EXPECT_THAT(words, HasSubstr(can_be_told ? "file:///home" : "does not offer"));
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
