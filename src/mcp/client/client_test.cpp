#include "mcp/client/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/run.hpp"
#include "mcp/server/in_memory_transport.hpp"

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A client and a server, wired together; each test says what the server offers and what the client does.
class ClientInEitherEra : public ::testing::TestWithParam<EraChoice> {
 protected:
  Result<void> talk(std::function<Task<Result<void>>(Client&)> body) {
    options.era = GetParam();
    Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), options, Log{});
    return run(loop, client.run([&]() { return body(client); }));
  }

  void offer_echo() {
    server.add_tool(Tool{.name = "echo"},
                    [](const json::object& arguments) { return text_result(json::serialize(arguments)); });
  }

  asio::io_context loop{1};
  Server server{{"test server", "1"}};
  ClientOptions options{};
};

INSTANTIATE_TEST_SUITE_P(Eras, ClientInEitherEra, ::testing::Values(EraChoice::legacy, EraChoice::modern),
                         [](const auto& era) { return era.param == EraChoice::legacy ? "legacy" : "modern"; });

TEST_P(ClientInEitherEra, LearnsWhoTheServerIs) {
  offer_echo();
  ServerDescription description;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    description = client.server();
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(description.info.name, "test server");
  EXPECT_TRUE(description.capabilities.tools);
  EXPECT_FALSE(description.capabilities.prompts);
}

TEST_P(ClientInEitherEra, AsksTheHostOfTheCallThatIsUnderWay) {
  server.add_tool(Tool{.name = "ask"}, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    ElicitRequest request{.message = "who?"};
    CO_TRY(const auto answer, co_await context.elicit("who", std::move(request)));
    co_return text_result(answer.action == ElicitResult::Action::decline ? "declined" : "not declined");
  });
  options.host.elicit = [](ElicitRequest) -> Task<Result<ElicitResult>> { co_return ElicitResult{}; };
  HostCallbacks declining;
  declining.elicit = [](ElicitRequest) -> Task<Result<ElicitResult>> {
    co_return ElicitResult{.action = ElicitResult::Action::decline};
  };
  Result<CallToolResult> by_the_calls_host = text_result("");
  Result<CallToolResult> by_the_clients_host = text_result("");

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CallOptions call{.host = std::make_shared<const HostCallbacks>(declining)};
    by_the_calls_host = co_await client.call_tool("ask", {}, std::move(call));
    by_the_clients_host = co_await client.call_tool("ask", {});
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(by_the_calls_host.value().content, text_result("declined").content);
  EXPECT_EQ(by_the_clients_host.value().content, text_result("not declined").content);
}

TEST_P(ClientInEitherEra, ListsToolsPageByPage) {
  Server many({"many", "1"}, {.page_size = 2});
  for (const auto* name : {"a", "b", "c", "d", "e"}) {
    many.add_tool(Tool{.name = name}, [](const json::object&) { return text_result(""); });
  }
  std::vector<std::string> names;
  options.era = GetParam();
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), many, Log{}), options, Log{});

  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    CO_TRY(const auto tools, co_await client.list_tools());
    for (const Tool& tool : tools) names.push_back(tool.name);
    co_return Result<void>{};
  }));

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_P(ClientInEitherEra, CallsAToolWithTheArgumentsUnchanged) {
  offer_echo();
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    json::object arguments{{"n", 42}, {"x", 95.5}, {"nothing", nullptr}};
    CO_TRY(result, co_await client.call_tool("echo", std::move(arguments)));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text(R"({"n":42,"x":9.55E1,"nothing":null})")));
  EXPECT_FALSE(result.is_error);
}

TEST_P(ClientInEitherEra, ReportsAnUnknownToolAsInvalidInput) {
  offer_echo();
  Result<CallToolResult> result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    result = co_await client.call_tool("no such tool", {});
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended);
  EXPECT_EQ(result.error().code, Errc::invalid_input);
  EXPECT_EQ(result.error().message, "the server answered error -32602: no tool 'no such tool'");
}

TEST_P(ClientInEitherEra, TurnsAFailingToolIntoAResultForTheModel) {
  server.add_tool(Tool{.name = "broken"}, [](RequestContext&, json::object) -> Task<Result<CallToolResult>> {
    co_return fail(Errc::unavailable, "the printer is on fire");
  });
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(result, co_await client.call_tool("broken", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended);
  EXPECT_THAT(result.content, ElementsAre(text("the printer is on fire")));
  EXPECT_TRUE(result.is_error);
}

TEST_P(ClientInEitherEra, ShowsProgressInOrder) {
  server.add_tool(Tool{.name = "slow"}, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    co_await context.progress(0, 100);
    co_await context.progress(50, 100, "half");
    co_await context.progress(100, 100);
    co_return text_result("done");
  });
  std::vector<double> seen;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CallOptions call{.on_progress = [&](const Progress& progress) { seen.push_back(progress.progress); }};
    CO_CHECK(co_await client.call_tool("slow", {}, std::move(call)));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended);
  EXPECT_THAT(seen, ElementsAre(0, 50, 100));
}

TEST_P(ClientInEitherEra, AnswersAnElicitationFromTheHost) {
  server.add_tool(Tool{.name = "greet"}, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    ElicitRequest request{.message = "What is your name?", .requested_schema = {{"required", json::array{"name"}}}};
    CO_TRY(const auto answer, co_await context.elicit("user_name", std::move(request)));
    const json::value name = answer.content->at("name");
    co_return text_result("Hello, " + std::string(name.as_string()));
  });
  options.host.elicit = [](ElicitRequest request) -> Task<Result<ElicitResult>> {
    EXPECT_EQ(request.message, "What is your name?");
    co_return ElicitResult{ElicitResult::Action::accept, json::object{{"name", "Ada"}}};
  };
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(result, co_await client.call_tool("greet", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text("Hello, Ada")));
}

TEST_P(ClientInEitherEra, CarriesAnswersThroughSeveralRounds) {
  server.add_tool(Tool{.name = "ask"}, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    SamplingRequest question{.messages = {{"user", {text("capital of France?")}}}, .max_tokens = 10};
    CO_TRY(const auto capital, co_await context.sample("capital", std::move(question)));
    CO_TRY(const auto roots, co_await context.roots("roots"));
    co_return text_result(std::get<TextContent>(capital.content.at(0)).text + " " + roots.at(0).uri);
  });
  options.host.sample = [](SamplingRequest) -> Task<Result<SamplingResult>> {
    co_return SamplingResult{.content = {text("Paris")}, .model = "m"};
  };
  options.host.roots = []() -> Task<Result<std::vector<Root>>> { co_return std::vector<Root>{{"file:///home"}}; };
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(result, co_await client.call_tool("ask", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text("Paris file:///home")));
}

TEST_P(ClientInEitherEra, EndsACallAtItsDeadlineAndCancelsItAtTheServer) {
  bool unwound = false;
  server.add_tool(Tool{.name = "sleep"}, [&](RequestContext&, json::object) -> Task<Result<CallToolResult>> {
    struct OnExit {
      bool& flag;
      ~OnExit() { flag = true; }
    } on_exit{unwound};
    co_await sleep_for(1h);
    co_return text_result("");
  });
  offer_echo();
  Result<CallToolResult> result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    result = co_await client.call_tool("sleep", {}, {.deadline = SteadyClock::now() + 20ms});
    CO_CHECK(co_await client.call_tool("echo", {}));
    while (!unwound) co_await yield_to_loop();
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(result.error().code, Errc::timed_out);
  EXPECT_EQ(result.error().message, "'tools/call' took too long");
}

TEST_P(ClientInEitherEra, HearsThatTheToolsChanged) {
  offer_echo();
  int changes = 0;
  options.events.on_tools_changed = [&] { ++changes; };

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    CO_CHECK(co_await client.ping());
    server.changed(Change::tools);
    while (changes == 0) co_await yield_to_loop();
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended);
  EXPECT_EQ(changes, 1);
}

TEST_P(ClientInEitherEra, ReadsPromptsResourcesAndCompletions) {
  server.add_prompt({"hello", "", "", {{"name", "", "", true}}}, [](const PromptArguments& arguments) {
    return GetPromptResult{.messages = {{"user", text("hello " + arguments.at("name"))}}};
  });
  server.add_resource_template(
      {"test://{id}/data", "data"},
      [](RequestContext&, std::string uri, UriVariables variables) -> Task<Result<ReadResourceResult>> {
        ResourceContents contents{std::move(uri), "text/plain", variables.at("id")};
        co_return ReadResourceResult{{std::move(contents)}};
      });
  server.set_completions(
      [](CompletionRequest request) -> Task<Result<Completion>> { co_return Completion{{request.value + "lo"}}; });
  GetPromptResult prompt;
  ReadResourceResult read;
  Result<ReadResourceResult> missing;
  Completion completion;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(prompt, co_await client.get_prompt("hello", {{"name", "Ada"}}));
    CO_TRY(read, co_await client.read_resource("test://12/data"));
    missing = co_await client.read_resource("test://nowhere");
    CO_TRY(completion, co_await client.complete({.name = "hello", .argument = "name", .value = "hel"}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(prompt.messages.at(0).content, text("hello Ada"));
  EXPECT_EQ(read.contents.at(0).text, "12");
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(completion.values, ElementsAre("hello"));
}

TEST_P(ClientInEitherEra, GetsOnlyTheLogItAskedFor) {
  server.add_tool(Tool{.name = "talkative"}, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    co_await context.log(LoggingLevel::debug, "chatter");
    co_await context.log(LoggingLevel::error, "trouble");
    co_return text_result("");
  });
  std::vector<std::string> lines;
  options.log_level = LoggingLevel::warning;
  options.events.on_log = [&](const LogMessage& message) { lines.emplace_back(message.data.as_string()); };

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("talkative", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended);
  EXPECT_THAT(lines, ElementsAre("trouble"));
}

TEST_P(ClientInEitherEra, EndsWhenItsBodyFails) {
  const auto ended = talk([](Client&) -> Task<Result<void>> { co_return fail(Errc::conflict, "enough"); });

  EXPECT_EQ(ended.error().message, "enough");
}

TEST_P(ClientInEitherEra, RefusesCallsOnceItHasEnded) {
  options.era = GetParam();
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), options, Log{});
  run(loop, client.run([]() -> Task<Result<void>> { co_return Result<void>{}; }));

  const auto result = run(loop, client.call_tool("echo", {}));

  EXPECT_FALSE(client.connected());
  EXPECT_EQ(result.error().code, Errc::unavailable);
}

TEST_P(ClientInEitherEra, LearnsWhichArgumentDoesNotFit) {
  Tool tool{.name = "add"};
  tool.input_schema = json::parse(R"({"type": "object", "properties": {"a": {"type": "number"}}})").as_object();
  server.add_tool(std::move(tool), [](const json::object&) { return text_result("?"); });
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(result, co_await client.call_tool("add", {{"a", "two"}}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(result.is_error);
  EXPECT_THAT(result.content, ElementsAre(text("the arguments do not fit the tool's schema: "
                                               "'/a' must be a number, not a string")));
}

/// A tool that promises a number and answers with `answer`.
Tool promising_a_number() {
  Tool tool{.name = "measure"};
  tool.output_schema = json::parse(R"({"type": "object", "properties": {"t": {"type": "number"}}})").as_object();
  return tool;
}

TEST_P(ClientInEitherEra, IsToldByTheServerThatItsToolBrokeItsPromise) {
  server.add_tool(promising_a_number(), [](const json::object&) {
    return CallToolResult{.structured_content = json::object{{"t", "warm"}}};
  });
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(result, co_await client.call_tool("measure", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text("the result is not what the tool's output schema promises: "
                                               "'/t' must be a number, not a string")));
}

TEST_P(ClientInEitherEra, NoticesAResultThatBreaksItsPromise) {
  Server careless({"careless", "1"}, {.check_schemas = false});
  careless.add_tool(promising_a_number(), [](const json::object&) {
    return CallToolResult{.structured_content = json::object{{"t", "warm"}}};
  });
  options.era = GetParam();
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), careless, Log{}), options, Log{});
  CallToolResult result;

  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    CO_TRY(result, co_await client.call_tool("measure", {}));
    co_return Result<void>{};
  }));

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(result.is_error);
  EXPECT_THAT(result.content, ElementsAre(text("the result of 'measure' is not what its output schema promises: "
                                               "'/t' must be a number, not a string")));
}

TEST_P(ClientInEitherEra, SaysInWordsWhatIsOnlyThereInStructure) {
  server.add_tool(promising_a_number(),
                  [](const json::object&) { return CallToolResult{.structured_content = json::object{{"t", 7}}}; });
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(result, co_await client.call_tool("measure", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text(R"({"t":7})")));
}

TEST_P(ClientInEitherEra, PassesOnTheTraceItIsPartOf) {
  TraceContext seen;
  server.add_tool(Tool{.name = "traced"}, [&](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    seen = context.trace();
    co_return text_result("");
  });
  const TraceContext trace{.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", .baggage = "a=b"};

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("traced", {}, {.trace = trace}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(seen, trace);
}

TEST(Client, AsksAModernServerNoMoreOftenThanItWants) {
  asio::io_context loop(1);
  Server server({"s", "1"}, {.cache_for = 1h});
  int reads = 0;
  server.add_resource({"test://a", "a"},
                      [&](RequestContext&, std::string uri, UriVariables) -> Task<Result<ReadResourceResult>> {
                        ResourceContents contents{std::move(uri), "text/plain", std::to_string(++reads)};
                        co_return ReadResourceResult{{std::move(contents)}};
                      });
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), {}, Log{});
  std::vector<std::string> contents;

  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    const auto read = [&](CallOptions call) -> Task<Result<void>> {
      CO_TRY(const auto result, co_await client.read_resource("test://a", std::move(call)));
      contents.push_back(*result.contents.at(0).text);
      co_return Result<void>{};
    };
    CO_CHECK(co_await read({}));
    CO_CHECK(co_await read({}));
    CO_CHECK(co_await read({.use_cache = false}));
    co_return co_await read({});
  }));

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(contents, ElementsAre("1", "1", "2", "2"));
}

TEST(Client, ListsAnewWhatHasChanged) {
  asio::io_context loop(1);
  Server server({"s", "1"}, {.cache_for = 1h});
  server.add_tool(Tool{.name = "a"}, [](const json::object&) { return text_result(""); });
  int changes = 0;
  ClientOptions options{.events = {.on_tools_changed = [&] { ++changes; }}};
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), options, Log{});
  std::size_t listed = 0;

  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    CO_CHECK(co_await client.ping());
    server.add_tool(Tool{.name = "b"}, [](const json::object&) { return text_result(""); });
    while (changes == 0) co_await yield_to_loop();
    CO_TRY(const auto tools, co_await client.list_tools());
    listed = tools.size();
    co_return Result<void>{};
  }));

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(listed, 2u);
}

TEST(LegacyClient, IsToldThatNobodyNeedsItsAnswerAnyMore) {
  asio::io_context loop(1);
  Server server({"s", "1"});
  server.add_tool(Tool{.name = "ask"}, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    CO_CHECK(co_await context.elicit("q", ElicitRequest{.message = "?"}));
    co_return text_result("");
  });
  bool withdrawn = false;
  ClientOptions options{.era = EraChoice::legacy};
  options.host.elicit = [&](ElicitRequest) -> Task<Result<ElicitResult>> {
    struct OnExit {
      bool& flag;
      ~OnExit() { flag = true; }
    } on_exit{withdrawn};
    co_await sleep_for(1h);
    co_return ElicitResult{};
  };
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), options, Log{});

  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    const auto result = co_await client.call_tool("ask", {}, {.deadline = SteadyClock::now() + 20ms});
    if (result) co_return fail(Errc::internal, "it was answered");
    while (!withdrawn) co_await yield_to_loop();
    co_return Result<void>{};
  }));

  ASSERT_TRUE(ended) << ended.error().message;
}

TEST(Client, FindsAModernServerByItself) {
  asio::io_context loop(1);
  Server server({"s", "1"});
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), {}, Log{});

  const auto ended = run(loop, client.run([]() -> Task<Result<void>> { co_return Result<void>{}; }));

  ASSERT_TRUE(ended);
  EXPECT_EQ(client.server().revision, Revision::v2026_07_28);
}

}  // namespace
}  // namespace convoke::mcp
