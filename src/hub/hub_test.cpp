#include "hub/hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/run.hpp"
#include "hub/testing/local_servers.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace asio::experimental::awaitable_operators;

const SystemClock system_clock;

ServerEntry entry(std::string name) { return {.name = std::move(name), .command = "not used"}; }

ConnectionSettings impatient() {
  return {.max_reconnect_attempts = 3, .initial_reconnect_delay = 5ms, .max_reconnect_delay = 20ms};
}

mcp::Tool named(std::string name) { return {.name = std::move(name)}; }

/// A tool that answers with fixed words.
void offer(mcp::Server& server, const std::string& tool, const std::string& words) {
  server.add_tool(named(tool), [words](const json::object&) { return mcp::text_result(words); });
}

/// A tool that never ends by itself; `cancelled` counts how often it was cancelled.
void offer_hanging(mcp::Server& server, const std::string& tool, int& started, int& cancelled) {
  server.add_tool(named(tool), [&](mcp::RequestContext&, json::object) -> Task<Result<mcp::CallToolResult>> {
    struct Count {
      int& cancelled;
      ~Count() { ++cancelled; }
    } const count{cancelled};
    ++started;
    co_await sleep_until(Deadline::max());
    co_return mcp::text_result("never");
  });
}

class HubTest : public testing::Test {
 protected:
  /// Runs `scenario` beside a hub connected to `entries`, and then stops the hub.
  void with_hub(std::vector<ServerEntry> entries, std::function<Task<>(Hub&)> scenario,
                ConnectionSettings settings = impatient()) {
    Hub hub(std::move(entries), settings, loop.get_executor(), local.transports(), system_clock, Log{});
    run(loop, local.run(both(hub, std::move(scenario))));
  }

  /// Waits until `condition` holds; a test whose condition never comes fails here.
  static Task<> until(std::function<bool()> condition) {
    const auto patience = SteadyClock::now() + 10s;
    while (!condition() && SteadyClock::now() < patience) co_await sleep_for(1ms);
    EXPECT_TRUE(condition());
  }

  static Task<> until_ready(Hub& hub) {
    co_await until([&] {
      return std::ranges::all_of(hub.servers(), [](const auto& s) { return s.state == ServerState::ready; });
    });
  }

  static Task<ToolResult> call(Hub& hub, std::string tool, std::string arguments = "{}") {
    ToolCall wanted{"call_1", std::move(tool), std::move(arguments)};
    ToolCaller nobody;
    co_return co_await hub.call(std::move(wanted), nobody);
  }

  static std::vector<std::string> names(const Hub& hub) {
    std::vector<std::string> found;
    for (const Tool& tool : *hub.tools()) found.push_back(tool.name);
    return found;
  }

  asio::io_context loop{1};
  LocalServers local{loop.get_executor()};

 private:
  static Task<> both(Hub& hub, std::function<Task<>(Hub&)> scenario) { co_await (hub.run() || scenario(hub)); }
};

TEST_F(HubTest, OffersTheToolsOfAllServersInTheFilesOrder) {
  offer(local["zoo"], "feed", "fed");
  offer(local["zoo"], "clean", "cleaned");
  offer(local["bar"], "drink", "drunk");

  with_hub({entry("zoo"), entry("bar")}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);

    EXPECT_THAT(names(hub), ElementsAre("feed", "clean", "drink"));
    EXPECT_EQ(hub.tools()->at(2).server, "bar");
    const auto answer = co_await call(hub, "drink");
    EXPECT_EQ(answer, (ToolResult{.call_id = "call_1", .name = "drink", .text = "drunk"}));
  });
}

TEST_F(HubTest, SendsACallOfAQualifiedNameToItsServer) {
  offer(local["web"], "search", "from the web");
  offer(local["files"], "search", "from files");

  with_hub({entry("web"), entry("files")}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);

    EXPECT_THAT(names(hub), ElementsAre("web__search", "files__search"));
    const auto from_files = co_await call(hub, "files__search");
    const auto from_web = co_await call(hub, "web__search");
    EXPECT_EQ(from_files.text, "from files");
    EXPECT_EQ(from_web.text, "from the web");
  });
}

TEST_F(HubTest, TellsTheModelWhatIsWrongWithItsCall) {
  offer(local["zoo"], "feed", "fed");

  with_hub({entry("zoo")}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);

    const auto unknown = co_await call(hub, "fed");
    const auto broken = co_await call(hub, "feed", R"({"animal": )");
    const auto list = co_await call(hub, "feed", "[1]");
    const auto nothing = co_await call(hub, "feed", "");
    EXPECT_EQ(unknown.text, "there is no tool 'fed'; there are: feed");
    EXPECT_THAT(broken.text, HasSubstr("must be the JSON text of an object"));
    EXPECT_THAT(list.text, HasSubstr("not an object but an array"));
    EXPECT_TRUE(unknown.is_error && broken.is_error && list.is_error);
    EXPECT_EQ(nothing.text, "fed");
  });
}

TEST_F(HubTest, SaysWhatHelpsAServerThatAsksInTheOlderWay) {
  local["old"].add_tool(named("ask"), [](mcp::RequestContext&, json::object) -> Task<Result<mcp::CallToolResult>> {
    co_return fail(Errc::invalid_input,
                   "Cannot send 'elicitation/create': this transport context has no back-channel for "
                   "server-initiated requests.");
  });

  with_hub({entry("old")}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);

    const auto answer = co_await call(hub, "ask");
    EXPECT_TRUE(answer.is_error);
    EXPECT_THAT(answer.text, HasSubstr("no back-channel"));
    EXPECT_THAT(answer.text, HasSubstr(R"(set "era": "legacy" for it in servers_config.json)"));
  });
}

TEST_F(HubTest, EndsACallThatTakesTooLong) {
  int started = 0;
  int cancelled = 0;
  offer_hanging(local["zoo"], "sleep", started, cancelled);
  ServerEntry hasty = entry("zoo");
  hasty.call_timeout = 30ms;

  with_hub({hasty}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);

    const auto answer = co_await call(hub, "sleep");
    EXPECT_TRUE(answer.is_error);
    EXPECT_THAT(answer.text, HasSubstr("gave no result within 0.03 s"));
    co_await until([&] { return cancelled == 1; });
  });
}

TEST_F(HubTest, EndsACallWithAnErrorWhenItsServerDiesAndStartsTheServerAgain) {
  int started = 0;
  int cancelled = 0;
  offer_hanging(local["zoo"], "sleep", started, cancelled);
  offer(local["bar"], "drink", "drunk");

  with_hub({entry("zoo"), entry("bar")}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    const auto die_during_the_call = [&]() -> Task<> {
      co_await until([&] { return started == 1; });
      local.kill("zoo");
      co_await until([&] { return hub.servers()[0].state == ServerState::backing_off; });
      EXPECT_THAT(names(hub), ElementsAre("drink"));
    };

    const auto answer = co_await (call(hub, "sleep") && die_during_the_call());
    EXPECT_TRUE(answer.is_error);
    EXPECT_THAT(answer.text, HasSubstr("the server 'zoo' was lost during the call"));
    co_await until_ready(hub);
    EXPECT_THAT(names(hub), ElementsAre("sleep", "drink"));
    EXPECT_EQ(hub.servers()[0].restarts, 1);
    EXPECT_EQ(hub.servers()[1].restarts, 0);
  });
}

TEST_F(HubTest, TellsTheModelThatAServerIsDown) {
  offer(local["zoo"], "feed", "fed");
  ConnectionSettings patient = impatient();
  patient.initial_reconnect_delay = patient.max_reconnect_delay = 1h;

  with_hub(
      {entry("zoo")},
      [&](Hub& hub) -> Task<> {
        co_await until_ready(hub);
        local.kill("zoo");
        co_await until([&] { return hub.tools()->empty(); });

        const auto answer = co_await call(hub, "feed");
        EXPECT_TRUE(answer.is_error);
        EXPECT_THAT(answer.text, HasSubstr("the server 'zoo' is not running now (backing_off"));
      },
      patient);
}

TEST_F(HubTest, LetsAServerThatKeepsFailingRestAndComeBack) {
  offer(local["zoo"], "feed", "fed");
  local.refuse_to_start("zoo", 6);
  ConnectionSettings tireless = impatient();
  tireless.max_reconnect_attempts = 0;
  bool has_rested = false;

  with_hub(
      {entry("zoo")},
      [&](Hub& hub) -> Task<> {
        using State = limits::CircuitBreaker::State;
        co_await until([&] {
          has_rested = has_rested || hub.servers()[0].breaker == State::open;
          return hub.servers()[0].state == ServerState::ready;
        });
        EXPECT_EQ(hub.servers()[0].breaker, State::closed);
      },
      tireless);

  EXPECT_TRUE(has_rested);
}

TEST_F(HubTest, GivesUpAServerThatNeverStartsWhileTheOthersWork) {
  offer(local["bar"], "drink", "drunk");
  local.refuse_to_start("zoo", 1'000);

  with_hub({entry("zoo"), entry("bar")}, [&](Hub& hub) -> Task<> {
    co_await until([&] { return hub.servers()[0].state == ServerState::failed; });

    EXPECT_EQ(hub.servers()[0].problem, "no such program");
    EXPECT_EQ(local.starts("zoo"), 4);  // the first, and three attempts to come back
    EXPECT_EQ(hub.servers()[1].state, ServerState::ready);
    EXPECT_THAT(names(hub), ElementsAre("drink"));
  });
}

TEST_F(HubTest, ReachesAServerThatStartsLate) {
  offer(local["zoo"], "feed", "fed");
  local.refuse_to_start("zoo", 2);

  with_hub({entry("zoo")}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);

    EXPECT_EQ(hub.servers()[0].restarts, 2);
    EXPECT_EQ(hub.servers()[0].problem, "");
    EXPECT_EQ(hub.servers()[0].tools, 1);
  });
}

TEST_F(HubTest, SeesToolsComeAndGo) {
  offer(local["zoo"], "feed", "fed");

  with_hub({entry("zoo")}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    const auto before = hub.tools();

    offer(local["zoo"], "clean", "cleaned");
    co_await until([&] { return hub.tools()->size() == 2; });
    local["zoo"].remove_tool("feed");
    co_await until([&] { return hub.tools()->size() == 1; });
    EXPECT_THAT(names(hub), ElementsAre("clean"));
    EXPECT_EQ(before->size(), 1u) << "a snapshot does not change under its reader";
  });
}

TEST_F(HubTest, StartsAServerAgainThatHasFallenSilent) {
  offer(local["zoo"], "feed", "fed");
  ConnectionSettings watchful = impatient();
  watchful.ping_interval = 10ms;
  watchful.ping_timeout = 30ms;

  with_hub(
      {entry("zoo")},
      [&](Hub& hub) -> Task<> {
        co_await until_ready(hub);
        local.freeze("zoo");
        co_await until([&] { return hub.servers()[0].restarts == 1; });
        co_await until_ready(hub);

        const auto answer = co_await call(hub, "feed");
        EXPECT_EQ(answer.text, "fed");
      },
      watchful);
}

TEST_F(HubTest, LeavesADisabledServerAlone) {
  ServerEntry off = entry("zoo");
  off.enabled = false;
  offer(local["bar"], "drink", "drunk");

  with_hub({off, entry("bar")}, [&](Hub& hub) -> Task<> {
    co_await until([&] { return hub.servers()[1].state == ServerState::ready; });

    EXPECT_EQ(hub.servers()[0].state, ServerState::disabled);
    EXPECT_EQ(local.starts("zoo"), 0);
  });
}

TEST_F(HubTest, CancelsTheCallAtTheServerWhenTheCallerIsCancelled) {
  int started = 0;
  int cancelled = 0;
  offer_hanging(local["zoo"], "sleep", started, cancelled);

  with_hub({entry("zoo")}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);

    co_await (call(hub, "sleep") || until([&] { return started == 1; }));
    co_await until([&] { return cancelled == 1; });
  });
}

TEST_F(HubTest, SaysWhatItsServersAre) {
  offer(local["zoo"], "feed", "fed");

  with_hub({entry("zoo")}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);

    const ServerStatus wanted{
        .name = "zoo", .state = ServerState::ready, .tools = 1, .revision = "2026-07-28", .software = "zoo 1.0"};
    EXPECT_THAT(hub.servers(), ElementsAre(wanted));
  });
}

TEST_F(HubTest, AppliesANewListWithoutTouchingServersThatDidNotChange) {
  offer(local["stays"], "old", "here");
  offer(local["goes"], "leaving", "bye");
  offer(local["comes"], "new", "hello");

  with_hub({entry("stays"), entry("goes")}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    co_await hub.apply({entry("comes"), entry("stays")});
    co_await until_ready(hub);

    EXPECT_THAT(names(hub), ElementsAre("new", "old"));
    const ToolResult answer = co_await call(hub, "new");
    EXPECT_EQ(answer.text, "hello");
    EXPECT_EQ(local.starts("stays"), 1);
  });
}

TEST_F(HubTest, OffersPromptsAndResourcesAndReadsThem) {
  mcp::Server& zoo = local["zoo"];
  zoo.add_prompt({.name = "greet", .arguments = {{.name = "who"}}}, [](const mcp::PromptArguments& arguments) {
    return mcp::GetPromptResult{.messages = {{"user", mcp::text("hello " + arguments.at("who"))}}};
  });
  const auto read = [](mcp::RequestContext&, std::string uri,
                       mcp::UriVariables) -> Task<Result<mcp::ReadResourceResult>> {
    co_return mcp::ReadResourceResult{{{.uri = uri, .text = "read " + uri}}};
  };
  zoo.add_resource({.uri = "zoo://map", .name = "map"}, read);
  zoo.add_resource_template({.uri_template = "zoo://animals/{name}", .name = "animal"}, read);
  zoo.set_completions([](const mcp::CompletionRequest& wanted) -> Task<Result<mcp::Completion>> {
    co_return mcp::Completion{.values = {wanted.name, wanted.argument, wanted.value}};
  });

  with_hub({entry("zoo")}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    EXPECT_EQ(hub.servers()[0].prompts, 1);
    EXPECT_EQ(hub.servers()[0].resources, 2);

    const auto prompt = co_await hub.get_prompt("greet", {{"who", "you"}});
    EXPECT_EQ(prompt.value().messages.at(0).content, mcp::text("hello you"));
    const auto animal = co_await hub.read_resource("convoke://zoo/zoo://animals/cat");
    EXPECT_EQ(animal.value().contents.at(0).text, "read zoo://animals/cat");
    const auto completed = co_await hub.complete(
        {.of = mcp::CompletionRequest::Of::resource_template, .name = "zoo://animals/{name}", .argument = "name"});
    EXPECT_THAT(completed.value().values, ElementsAre("zoo://animals/{name}", "name", ""));
    const auto unknown = co_await hub.get_prompt("no such", {});
    EXPECT_EQ(unknown.error(), (Error{Errc::not_found, "there is no prompt 'no such'"}));
  });
}

TEST_F(HubTest, FollowsTheListOfPrompts) {
  mcp::Server& zoo = local["zoo"];
  const auto nothing = [](const mcp::PromptArguments&) { return mcp::GetPromptResult{}; };
  zoo.add_prompt({.name = "first"}, nothing);

  with_hub({entry("zoo")}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    zoo.add_prompt({.name = "second"}, nothing);
    co_await until([&] { return hub.catalogue()->prompts.size() == 2; });
  });
}

TEST_F(HubTest, GivesACallMoreTimeWhileItTellsOfProgress) {
  local["zoo"].add_tool(named("walk"),
                        [](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
                          for (int step = 1; step <= 10; ++step) {
                            co_await sleep_for(60ms);
                            co_await context.progress(step);
                          }
                          co_return mcp::text_result("there");
                        });
  ServerEntry hasty = entry("zoo");
  hasty.call_timeout = 500ms;

  with_hub({hasty}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    const auto answer = co_await call(hub, "walk");
    EXPECT_EQ(answer.text, "there");
  });
}

TEST_F(HubTest, EndsACallThatTakesTooLongWhateverItsProgress) {
  local["zoo"].add_tool(named("walk"),
                        [](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
                          for (int step = 1;; ++step) {
                            co_await sleep_for(10ms);
                            co_await context.progress(step);
                          }
                        });
  ServerEntry hasty = entry("zoo");
  hasty.call_timeout = 1s;
  hasty.longest_call = 1'100ms;

  with_hub({hasty}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    const auto answer = co_await call(hub, "walk");
    EXPECT_TRUE(answer.is_error);
    EXPECT_THAT(answer.text, HasSubstr("gave no result within 1.1 s"));
  });
}

TEST_F(HubTest, AnswersACallWhoseServerIsTakenDown) {
  int started = 0;
  int cancelled = 0;
  offer_hanging(local["goes"], "slow", started, cancelled);

  with_hub({entry("goes")}, [&](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    TaskScope scope(loop.get_executor(), Log{});
    ToolResult answer;
    auto call_slow = [&]() -> Task<> { answer = co_await call(hub, "slow"); };
    auto take_down = [&]() -> Task<> {
      scope.spawn("call", call_slow());
      co_await until([&] { return started == 1; });
      co_await hub.apply({});
      co_await scope.drained();
    };
    co_await scope.run(take_down());
    EXPECT_TRUE(answer.is_error);
    EXPECT_THAT(hub.servers(), IsEmpty());
  });
}

/// A caller who answers every form with the same city, and counts how often they were asked.
struct Traveller : ToolCaller {
  explicit Traveller(std::string conversation_id) : id(std::move(conversation_id)) {}
  std::string conversation() const override { return id; }
  Task<InputAnswer> ask(InputRequest request) override {
    ++asked;
    last = std::move(request);
    co_await yield_to_loop();
    co_return InputAnswer{InputDecision::accepted, json::object{{"city", "Oslo"}}};
  }
  std::string id;
  int asked = 0;
  InputRequest last;
};

/// A tool that asks where to, and says what it was told.
void offer_asking(mcp::Server& server, const std::string& tool) {
  server.add_tool(named(tool), [](mcp::RequestContext& context, json::object) -> Task<Result<mcp::CallToolResult>> {
    mcp::ElicitRequest request{.message = "Where to?", .requested_schema = {{"type", "object"}}};
    CO_TRY(const auto answer, co_await context.elicit("where", std::move(request)));
    const bool accepted = answer.action == mcp::ElicitResult::Action::accept;
    co_return mcp::text_result(accepted ? string_or_empty(*answer.content, "city") : "nowhere");
  });
}

class HubInEitherEra : public HubTest, public testing::WithParamInterface<mcp::EraChoice> {
 protected:
  ServerEntry travel() {
    ServerEntry made = entry("travel");
    made.era = GetParam();
    return made;
  }
};

TEST_P(HubInEitherEra, BringsAServersQuestionToWhoMadeTheCall) {
  offer_asking(local["travel"], "book");

  with_hub({travel()}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    Traveller ada{"c1"};

    const auto answer = co_await hub.call({"call_1", "book", "{}"}, ada);

    EXPECT_EQ(answer.text, "Oslo");
    EXPECT_EQ(ada.last.kind, InputKind::elicitation);
    EXPECT_EQ(ada.last.server, "travel");
    EXPECT_EQ(ada.last.message, "Where to?");
  });
}

TEST_P(HubInEitherEra, AnswersForACallerWithoutAPersonThatTheQuestionWasDismissed) {
  offer_asking(local["travel"], "book");

  with_hub({travel()}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    EXPECT_EQ((co_await call(hub, "book")).text, "nowhere");
  });
}

TEST_P(HubInEitherEra, WithdrawsAQuestionWhenItsCallIsCancelled) {
  offer_asking(local["travel"], "book");

  with_hub({travel()}, [](Hub& hub) -> Task<> {
    co_await until_ready(hub);
    struct Silent : ToolCaller {
      Task<InputAnswer> ask(InputRequest) override {
        struct Count {
          int& ended;
          ~Count() { ++ended; }
        } const count{ended};
        ++asked;
        co_await sleep_until(Deadline::max());
        co_return InputAnswer{};
      }
      int asked = 0;
      int ended = 0;
    } silent;
    auto until_asked = [&]() -> Task<> { co_await until([&] { return silent.asked == 1; }); };

    co_await (hub.call({"call_1", "book", "{}"}, silent) || until_asked());

    EXPECT_EQ(silent.ended, 1);
  });
}

INSTANTIATE_TEST_SUITE_P(Eras, HubInEitherEra, testing::Values(mcp::EraChoice::modern, mcp::EraChoice::legacy),
                         [](const auto& era) { return era.param == mcp::EraChoice::modern ? "Modern" : "Legacy"; });

}  // namespace
}  // namespace convoke
