// Peers that break the rules: each must give a clear error, and disturb nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "mcp/client/client.hpp"
#include "mcp/transport/in_memory_pipe.hpp"
#include "mcp/transport/pipe_transport.hpp"

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A server that answers each message by a function from its text to the lines it sends back.
class ScriptedServer {
 public:
  using Script = std::function<std::vector<std::string>(const json::value& message)>;
  enum class OnProbe { answer, hang_up };

  explicit ScriptedServer(Script script) : script_(std::move(script)), tasks_(loop.get_executor(), Log{}) {}

  Result<void> talk(ClientOptions options, std::function<Task<Result<void>>(Client&)> body) {
    auto open = [this]() -> Result<std::unique_ptr<Pipe>> {
      auto [ours, theirs] = in_memory_pipes(loop.get_executor());
      ++connections;
      tasks_.spawn("scripted server", serve(std::move(theirs)));
      return std::move(ours);
    };
    auto transport = std::make_unique<PipeTransport>(loop.get_executor(), std::move(open), Log{});
    Client client(loop.get_executor(), std::move(transport), std::move(options), Log{});
    Result<void> ended;
    run(loop, tasks_.run([&]() -> Task<> { ended = co_await client.run([&] { return body(client); }); }()));
    return ended;
  }

  asio::io_context loop{1};
  int connections = 0;
  std::vector<std::string> received;

 private:
  Task<> serve(std::unique_ptr<Pipe> pipe) {
    for (;;) {
      const auto line = co_await pipe->read();
      if (!line) co_return;
      const auto message = parse_json(*line).value();
      received.push_back(string_or_empty(message, "method"));
      for (const std::string& answer : script_(message)) {
        if (answer == "hang up") co_return;
        CO_CHECK_WRITE(co_await pipe->write(answer));
      }
    }
  }
  static void CO_CHECK_WRITE(const Result<void>&) {}

  Script script_;
  TaskScope tasks_;
};

std::string answer_to(const json::value& message, std::string_view result) {
  return R"({"jsonrpc":"2.0","id":)" + json::serialize(message.at("id")) + R"(,"result":)" + std::string(result) + "}";
}

std::string error_to(const json::value& message, int code, std::string_view more = "") {
  return R"({"jsonrpc":"2.0","id":)" + json::serialize(message.at("id")) + R"(,"error":{"code":)" +
         std::to_string(code) + R"(,"message":"no")" + std::string(more) + "}}";
}

constexpr std::string_view discovered =
    R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{}})";
constexpr std::string_view initialized =
    R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}})";

/// A legacy server: the handshake works, everything else is up to `rest`.
ScriptedServer::Script legacy_server(ScriptedServer::Script rest) {
  return [rest](const json::value& message) -> std::vector<std::string> {
    const auto method = string_or_empty(message, "method");
    if (method == "initialize") return {answer_to(message, initialized)};
    if (!find(message, "id")) return {};
    return rest(message);
  };
}

const ClientOptions legacy{.era = EraChoice::legacy};

Task<Result<void>> nothing(Client&) { co_return Result<void>{}; }

TEST(BadPeer, SendsLinesThatAreNoMessagesAndTheyAreSkipped) {
  ScriptedServer server(legacy_server([](const json::value& message) -> std::vector<std::string> {
    return {"Welcome to my server!",
            "[]",
            "{\"jsonrpc\":\"2.0\"}",
            "\xff\xfe",
            R"({"jsonrpc":"2.0","id":{},"result":{}})",
            answer_to(message, R"({"content":[]})")};
  }));

  const auto ended = server.talk(legacy, [](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("t", {}));
    co_return Result<void>{};
  });

  EXPECT_TRUE(ended) << ended.error().message;
}

TEST(BadPeer, AnswersWithTheWrongIdAndTheCallTimesOut) {
  ScriptedServer server(legacy_server([](const json::value&) -> std::vector<std::string> {
    return {R"({"jsonrpc":"2.0","id":"2","result":{"content":[]}})",
            R"({"jsonrpc":"2.0","id":99,"result":{"content":[]}})"};
  }));

  const auto ended = server.talk(legacy, [](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("t", {}, {.deadline = SteadyClock::now() + 30ms}));
    co_return Result<void>{};
  });

  EXPECT_EQ(ended.error().code, Errc::timed_out);
}

TEST(BadPeer, AnswersWithAnErrorWithoutAnIdAndTheOnlyCallFailsWithIt) {
  ScriptedServer server(legacy_server([](const json::value&) -> std::vector<std::string> {
    return {R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"I cannot read this"}})"};
  }));

  const auto ended = server.talk(legacy, [](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("t", {}));
    co_return Result<void>{};
  });

  EXPECT_THAT(ended.error().message, HasSubstr("I cannot read this"));
}

TEST(BadPeer, FillsTheLogWithNoMoreThanAFewLines) {
  std::vector<std::string> logged;
  configure_logging(LogLevel::info, LogFormat::json);
  capture_log([&](std::string_view line) { logged.emplace_back(line); });
  ScriptedServer server(legacy_server([](const json::value& message) -> std::vector<std::string> {
    std::vector<std::string> lines(1'000, "no message");
    lines.push_back(R"({"jsonrpc":"2.0","id":77,"result":{}})");
    lines.push_back(answer_to(message, R"({"content":[]})"));
    return lines;
  }));

  const auto ended = server.talk(legacy, [](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("t", {}));
    co_return Result<void>{};
  });
  capture_log({});
  configure_logging(LogLevel::warning, LogFormat::json);

  EXPECT_TRUE(ended);
  EXPECT_EQ(logged.size(), 6u);
  EXPECT_THAT(logged.front(), HasSubstr("mcp.line_skipped"));
  EXPECT_THAT(logged.back(), HasSubstr(R"("event":"mcp.messages_skipped","messages":1001)"));
}

TEST(BadPeer, AnswersInTheWrongShapeAndTheErrorSaysSo) {
  ScriptedServer server(legacy_server([](const json::value& message) -> std::vector<std::string> {
    return {answer_to(message, R"({"content":[{"type":"text","text":5}]})")};
  }));

  const auto ended = server.talk(legacy, [](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("t", {}));
    co_return Result<void>{};
  });

  EXPECT_EQ(ended.error().code, Errc::protocol);
  EXPECT_EQ(ended.error().message, "the tool's result: 'text' must be a string");
}

TEST(BadPeer, ListsOneBrokenToolAndTheOthersStay) {
  ScriptedServer server(legacy_server([](const json::value& message) -> std::vector<std::string> {
    return {answer_to(message,
                      R"({"tools":[{"name":1},{"name":"good","inputSchema":{}},{"name":"x","inputSchema":null}]})")};
  }));
  std::vector<std::string> names;

  const auto ended = server.talk(legacy, [&](Client& client) -> Task<Result<void>> {
    CO_TRY(const auto tools, co_await client.list_tools());
    for (const Tool& tool : tools) names.push_back(tool.name);
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended);
  EXPECT_THAT(names, ElementsAre("good"));
}

TEST(BadPeer, SendsPagesInACircle) {
  ScriptedServer server(legacy_server([](const json::value& message) -> std::vector<std::string> {
    return {answer_to(message, R"({"tools":[],"nextCursor":"again"})")};
  }));

  const auto ended = server.talk(legacy, [&](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    co_return Result<void>{};
  });

  EXPECT_EQ(ended.error().message, "'tools/list': its pages go in a circle");
}

TEST(BadPeer, SendsPagesWithoutEnd) {
  int page = 0;
  ScriptedServer server(legacy_server([&](const json::value& message) -> std::vector<std::string> {
    return {answer_to(message, R"({"tools":[],"nextCursor":")" + std::to_string(++page) + "\"}")};
  }));
  ClientOptions options = legacy;
  options.max_pages = 10;

  const auto ended = server.talk(options, [&](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    co_return Result<void>{};
  });

  EXPECT_EQ(ended.error().code, Errc::exhausted);
}

TEST(BadPeer, DiesWithCallsUnderWayAndTheyAllFail) {
  ScriptedServer server(legacy_server([](const json::value&) -> std::vector<std::string> { return {"hang up"}; }));
  Result<CallToolResult> call;

  const auto ended = server.talk(legacy, [&](Client& client) -> Task<Result<void>> {
    call = co_await client.call_tool("t", {});
    co_await sleep_for(1h);
    co_return Result<void>{};
  });

  EXPECT_EQ(ended.error().code, Errc::unavailable);
  EXPECT_EQ(ended.error().message, "the other end was closed");
}

TEST(BadPeer, AsksForWhatTheHostDoesNotOffer) {
  std::string reply;
  ScriptedServer server([&](const json::value& message) -> std::vector<std::string> {
    const auto method = string_or_empty(message, "method");
    if (method == "initialize") return {answer_to(message, initialized)};
    if (method == "tools/call") return {R"({"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage"})"};
    if (method.empty()) reply = json::serialize(message);
    return {};
  });

  server.talk(legacy, [&](Client& client) -> Task<Result<void>> {
    co_await client.call_tool("t", {}, {.deadline = SteadyClock::now() + 20ms});
    co_return Result<void>{};
  });

  EXPECT_THAT(reply, HasSubstr(R"("id":"s1","error":{"code":-32601)"));
}

TEST(EraProbe, FallsBackToLegacyOnAnyErrorCode) {
  ScriptedServer server([](const json::value& message) -> std::vector<std::string> {
    const auto method = string_or_empty(message, "method");
    if (method == "server/discover") return {error_to(message, -32000)};
    if (method == "initialize") return {answer_to(message, initialized)};
    return {};
  });

  const auto ended = server.talk({}, nothing);

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(server.received, ElementsAre("server/discover", "initialize", "notifications/initialized"));
}

TEST(EraProbe, TakesAResultOfAnotherShapeForLegacy) {
  ScriptedServer server([](const json::value& message) -> std::vector<std::string> {
    const auto method = string_or_empty(message, "method");
    if (method == "server/discover") return {answer_to(message, "{}")};
    if (method == "initialize") return {answer_to(message, initialized)};
    return {};
  });

  EXPECT_TRUE(server.talk({}, nothing));
}

TEST(EraProbe, TakesSilenceForLegacy) {
  ScriptedServer server([](const json::value& message) -> std::vector<std::string> {
    if (string_or_empty(message, "method") == "initialize") return {answer_to(message, initialized)};
    return {};
  });

  EXPECT_TRUE(server.talk({.probe_timeout = 10ms}, nothing));
}

TEST(EraProbe, AsksAgainWhenAModernServerWasOnlySlow) {
  int probes = 0;
  ScriptedServer server([&](const json::value& message) -> std::vector<std::string> {
    const auto method = string_or_empty(message, "method");
    if (method == "initialize") return {error_to(message, -32022)};
    if (method == "server/discover" && ++probes == 2) return {answer_to(message, discovered)};
    return {};
  });

  const auto ended = server.talk({.probe_timeout = 10ms}, nothing);

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(probes, 2);
}

TEST(EraProbe, StartsTheServerAgainWhenTheProbeKilledIt) {
  ScriptedServer server([](const json::value& message) -> std::vector<std::string> {
    const auto method = string_or_empty(message, "method");
    if (method == "server/discover") return {"hang up"};
    if (method == "initialize") return {answer_to(message, initialized)};
    return {};
  });

  const auto ended = server.talk({}, nothing);

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(server.connections, 2);
}

TEST(EraProbe, SpeaksLegacyWhenTheServerNamesOnlySuchVersions) {
  ScriptedServer server([](const json::value& message) -> std::vector<std::string> {
    const auto method = string_or_empty(message, "method");
    if (method == "server/discover") return {error_to(message, -32022, R"(,"data":{"supported":["2025-06-18"]})")};
    if (method == "initialize") return {answer_to(message, initialized)};
    return {};
  });

  EXPECT_TRUE(server.talk({}, nothing));
}

TEST(EraProbe, NamesBothSidesVersionsWhenNoneIsCommon) {
  ScriptedServer server([](const json::value& message) -> std::vector<std::string> {
    return {error_to(message, -32022, R"(,"data":{"supported":["2031-01-01"]})")};
  });

  const auto ended = server.talk({}, nothing);

  EXPECT_EQ(ended.error().message, "no common protocol version: we speak 2026-07-28, the server 2031-01-01");
}

}  // namespace
}  // namespace convoke::mcp
