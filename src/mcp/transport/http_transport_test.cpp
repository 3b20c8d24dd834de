// The client's HTTP transport, against our own endpoint and against servers that misbehave; everything on one loop.
#include "mcp/transport/http_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/run.hpp"
#include "mcp/client/client.hpp"
#include "mcp/server/http_endpoint.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Handler = std::function<Task<net::ServerResponse>(net::ServerRequest)>;

/// An HTTP server with `handler` behind every path, and a client that talks to it.
class Wire {
 public:
  /// With `after_failure`, a first attempt that fails is followed by another one.
  Result<void> talk(Handler handler, std::function<Task<Result<void>>(Client&)> body,
                    std::function<void()> after_failure = {}) {
    net::ServerHandlers handlers;
    handlers.on_request = [this, handler](net::ServerRequest request) -> Task<net::ServerResponse> {
      seen.push_back(request.method);
      co_return co_await handler(std::move(request));
    };
    net::HttpServer http(loop.get_executor(), {}, std::move(handlers), Log{});
    const auto port = http.listen("127.0.0.1", 0);
    net::HttpClient requests(loop.get_executor(), {});
    HttpServerAddress address{.url = "http://127.0.0.1:" + std::to_string(port.value()) + "/mcp"};
    Client client(loop.get_executor(), http_transport(loop.get_executor(), requests, std::move(address), Log{}),
                  options, Log{});
    Result<void> ended = fail(Errc::internal, "the server ended first");
    const auto play = [&]() -> Task<> {
      ended = co_await client.run([&] { return body(client); });
      if (ended || !after_failure) co_return;
      after_failure();
      ended = co_await client.run([&] { return body(client); });
    };
    const auto both = [&]() -> Task<> {
      using namespace asio::experimental::awaitable_operators;
      co_await (play() || http.run());
    };
    run(loop, both());
    return ended;
  }

  asio::io_context loop{1};
  ClientOptions options{};
  std::vector<std::string> seen;  ///< the methods of the requests
};

class OverHttp : public ::testing::TestWithParam<EraChoice> {
 protected:
  Result<void> talk(std::function<Task<Result<void>>(Client&)> body) {
    wire.options.era = GetParam();
    HttpEndpoint endpoint(wire.loop.get_executor(), server, {}, Log{});
    Result<void> ended;
    const auto play = [&]() -> Task<> {
      co_await yield_to_loop();
      co_return;
    };
    TaskScope scope(wire.loop.get_executor(), Log{});
    // The endpoint's run() would await the server; here the wire drives both, so its tasks end with this scope.
    scope.spawn("endpoint", endpoint.run(forever()));
    ended = wire.talk([&](net::ServerRequest request) { return endpoint.handle(std::move(request)); }, std::move(body));
    run(wire.loop, scope.run(play()));
    return ended;
  }
  static Task<> forever() { co_await sleep_until(Deadline::max()); }

  Wire wire;
  Server server{{"http server", "1"}, {.task_poll_interval = 1ms}};
};

INSTANTIATE_TEST_SUITE_P(Eras, OverHttp, ::testing::Values(EraChoice::automatic, EraChoice::legacy),
                         [](const auto& era) { return era.param == EraChoice::legacy ? "legacy" : "modern"; });

TEST_P(OverHttp, LooksAfterATaskThatAsks) {
  server.add_tool(Tool{.name = "job", .task_support = TaskSupport::required},
                  [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
                    context.become_task();
                    CO_TRY(const auto answer, co_await context.elicit("ok", ElicitRequest{.message = "Really?"}));
                    co_return text_result(answer.action == ElicitResult::Action::accept ? "yes" : "no");
                  });
  wire.options.host.elicit = [](ElicitRequest) -> Task<Result<ElicitResult>> {
    co_return ElicitResult{ElicitResult::Action::accept, json::object{}};
  };
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    CO_TRY(result, co_await client.call_tool("job", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text("yes")));
}

TEST_P(OverHttp, CallsToolsWithProgressAndInput) {
  server.add_tool(Tool{.name = "greet"}, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    co_await context.progress(1, 2);
    CO_TRY(const auto answer, co_await context.elicit("ok", ElicitRequest{.message = "Really?"}));
    co_return text_result(answer.action == ElicitResult::Action::accept ? "yes" : "no");
  });
  wire.options.host.elicit = [](ElicitRequest) -> Task<Result<ElicitResult>> {
    co_return ElicitResult{ElicitResult::Action::accept, json::object{}};
  };
  CallToolResult result;
  std::vector<double> progress;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CallOptions call{.on_progress = [&](const Progress& p) { progress.push_back(p.progress); }};
    CO_TRY(result, co_await client.call_tool("greet", {}, std::move(call)));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text("yes")));
  EXPECT_THAT(progress, testing::Contains(1));
}

TEST_P(OverHttp, HearsOfChanges) {
  server.add_tool(Tool{.name = "t"}, [](const json::object&) { return text_result(""); });
  int changes = 0;
  wire.options.events.on_tools_changed = [&] { ++changes; };

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    while (changes == 0) {
      CO_CHECK(co_await client.ping());
      server.changed(Change::tools);
    }
    co_return Result<void>{};
  });

  EXPECT_TRUE(ended) << ended.error().message;
}

TEST_P(OverHttp, EndsTheWorkAtTheServerWhenACallIsCancelled) {
  bool unwound = false;
  server.add_tool(Tool{.name = "sleep"}, [&](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    struct OnExit {
      bool& flag;
      ~OnExit() { flag = true; }
    } on_exit{unwound};
    co_await context.progress(1);
    co_await sleep_for(1h);
    co_return text_result("");
  });
  Result<CallToolResult> result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CallOptions call{.deadline = SteadyClock::now() + 50ms, .on_progress = [](const Progress&) {}};
    result = co_await client.call_tool("sleep", {}, std::move(call));
    while (!unwound) co_await sleep_for(1ms);
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(result.error().code, Errc::timed_out);
}

TEST_P(OverHttp, ComesBackForAnAnswerThatTakesLong) {
  server.add_tool(Tool{.name = "later"}, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    co_await context.log(LoggingLevel::error, "started");
    context.leave_until(10ms);
    co_await sleep_for(50ms);
    co_return text_result("at last");
  });
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(result, co_await client.call_tool("later", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text("at last")));
}

TEST_P(OverHttp, UsesOnlyTheVerbsOfItsEra) {
  const auto ended = talk([](Client& client) -> Task<Result<void>> { co_return co_await client.ping(); });

  ASSERT_TRUE(ended) << ended.error().message;
  const bool legacy = GetParam() == EraChoice::legacy;
  EXPECT_EQ(std::ranges::count(wire.seen, "GET"), legacy ? 1 : 0);
  EXPECT_EQ(std::ranges::count(wire.seen, "DELETE"), legacy ? 1 : 0);
}

/// A server of another make: `answer` says what to do with each message.
Handler scripted(std::function<net::ServerResponse(const json::value& message)> answer) {
  return [answer](net::ServerRequest request) -> Task<net::ServerResponse> {
    if (request.method != "POST") co_return net::text_response(405, "no");
    co_return answer(parse_json(request.body).value());
  };
}

net::ServerResponse result_for(const json::value& message, std::string_view result) {
  return net::json_response(200, R"({"jsonrpc":"2.0","id":)" + json::serialize(message.at("id")) + R"(,"result":)" +
                                     std::string(result) + "}");
}

net::ServerResponse handshake(const json::value& message) {
  const auto method = string_or_empty(message, "method");
  if (method == "initialize") {
    auto response =
        result_for(message, R"({"protocolVersion":"2025-03-26","capabilities":{"tools":{}},"serverInfo":{}})");
    response.headers.emplace_back("mcp-session-id", "s1");
    return response;
  }
  if (!find(message, "id")) return {.status = 202};
  return net::text_response(400, "<html>Bad Request</html>");
}

Task<Result<void>> call_a_tool(Client& client) {
  CO_CHECK(co_await client.call_tool("t", {}));
  co_return Result<void>{};
}

TEST(OverHttpToOthers, TakesARefusalWithoutAMessageForLegacy) {
  Wire wire;

  const auto ended = wire.talk(scripted(handshake), [](Client& client) -> Task<Result<void>> {
    EXPECT_EQ(client.server().revision, Revision::v2025_03_26);
    co_return Result<void>{};
  });

  EXPECT_TRUE(ended) << ended.error().message;
}

TEST(OverHttpToOthers, DoesNotTakeAnOutageForLegacy) {
  Wire wire;

  const auto ended = wire.talk(scripted([](const json::value&) { return net::text_response(503, "busy"); }),
                               [](Client&) -> Task<Result<void>> { co_return Result<void>{}; });

  EXPECT_EQ(ended.error().code, Errc::unavailable);
  EXPECT_EQ(wire.seen.size(), 1U);
}

TEST(OverHttpToOthers, EndsTheConnectionWhenTheSessionIsGone) {
  Wire wire;
  wire.options.era = EraChoice::legacy;

  const auto ended = wire.talk(scripted([](const json::value& message) {
                                 if (string_or_empty(message, "method") != "tools/call") return handshake(message);
                                 return net::text_response(404, "unknown session");
                               }),
                               call_a_tool);

  EXPECT_EQ(ended.error().code, Errc::unavailable);
  EXPECT_EQ(ended.error().message, "the server has ended the session");
}

// As the servers of the official SDKs say it: with a JSON-RPC error, some with another status.
TEST(OverHttpToOthers, EndsTheConnectionHoweverTheServerSaysThatTheSessionIsGone) {
  const std::string why =
      R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID"},"id":null})";
  for (const int status : {404, 400}) {
    Wire wire;
    wire.options.era = EraChoice::legacy;

    const auto ended = wire.talk(scripted([&](const json::value& message) {
                                   if (string_or_empty(message, "method") != "tools/call") return handshake(message);
                                   auto answer = net::json_response(status, why);
                                   return answer;
                                 }),
                                 call_a_tool);

    EXPECT_EQ(ended.error().message, "the server has ended the session") << status;
  }
}

TEST(OverHttpToOthers, GoesWhereTheServerSendsItAndStraightThereFromThenOn) {
  Wire wire;
  wire.options.era = EraChoice::legacy;
  std::vector<std::string> paths;
  const auto server = scripted([](const json::value& message) { return handshake(message); });

  const auto ended = wire.talk(
      [&](net::ServerRequest request) -> Task<net::ServerResponse> {
        if (request.method != "POST") co_return net::text_response(405, "");
        paths.push_back(request.path);
        if (request.path == "/mcp") co_return net::ServerResponse{.status = 307, .headers = {{"Location", "/mcp/"}}};
        co_return co_await server(std::move(request));
      },
      [](Client&) -> Task<Result<void>> { co_return Result<void>{}; });

  EXPECT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(paths, ElementsAre("/mcp", "/mcp/", "/mcp/"));
}

TEST(OverHttpToOthers, IsNotSentToAnotherServer) {
  Wire wire;

  const auto ended = wire.talk(
      [&](net::ServerRequest) -> Task<net::ServerResponse> {
        co_return net::ServerResponse{.status = 307, .headers = {{"Location", "http://other.example/mcp"}}};
      },
      [](Client&) -> Task<Result<void>> { co_return Result<void>{}; });

  EXPECT_EQ(ended.error().message, "the server wants our messages sent to another server, other.example");
}

TEST(OverHttpToOthers, NamesTheAddressOfARedirectionThatItDoesNotFollow) {
  Wire wire;

  const auto ended = wire.talk(
      [&](net::ServerRequest) -> Task<net::ServerResponse> {
        co_return net::ServerResponse{.status = 301, .headers = {{"Location", "https://h.example/mcp?k=secret"}}};
      },
      [](Client&) -> Task<Result<void>> { co_return Result<void>{}; });

  EXPECT_EQ(ended.error().message, "the server answered HTTP status 301 and points to https://h.example/mcp");
}

TEST(OverHttpToOthers, TriesTheUsualWayAgainAfterAServerThatWasNotThereYet) {
  Wire wire;
  const auto server = scripted([](const json::value& message) { return handshake(message); });
  wire.options.era = EraChoice::legacy;
  bool is_there = false;

  const auto ended = wire.talk(
      [&](net::ServerRequest request) -> Task<net::ServerResponse> {
        if (!is_there) co_return net::text_response(404, "nothing here yet");
        if (request.method != "POST") co_return net::text_response(405, "");
        co_return co_await server(std::move(request));
      },
      [](Client&) -> Task<Result<void>> { co_return Result<void>{}; }, [&] { is_there = true; });

  EXPECT_TRUE(ended) << ended.error().message;
}

TEST(OverHttpToOthers, SaysWhatIsWrongWithAnAnswerThatIsNoMessage) {
  Wire wire;
  wire.options.era = EraChoice::legacy;

  const auto ended = wire.talk(scripted([](const json::value& message) {
                                 if (string_or_empty(message, "method") != "tools/call") return handshake(message);
                                 return net::text_response(200, "<html>");
                               }),
                               call_a_tool);

  EXPECT_EQ(ended.error().code, Errc::protocol);
  EXPECT_THAT(ended.error().message, HasSubstr("not JSON"));
}

TEST(OverHttpToOthers, SkipsEventsThatAreNoMessagesAndFailsWhenTheStreamEndsWithoutTheResponse) {
  Wire wire;
  wire.options.era = EraChoice::legacy;

  const auto ended = wire.talk(scripted([](const json::value& message) {
                                 if (string_or_empty(message, "method") != "tools/call") return handshake(message);
                                 net::ServerResponse response{.body = "data: {\n\nevent: other\ndata: {}\n\n"};
                                 response.headers = {{"Content-Type", "text/event-stream; charset=utf-8"}};
                                 return response;
                               }),
                               call_a_tool);

  EXPECT_EQ(ended.error().code, Errc::unavailable);
  EXPECT_EQ(ended.error().message, "the server's stream ended without the response");
}

TEST(OverHttpToOthers, PassesOnAnErrorThatCameWithABadStatus) {
  Wire wire;
  wire.options.era = EraChoice::legacy;

  const auto ended =
      wire.talk(scripted([](const json::value& message) {
                  if (string_or_empty(message, "method") != "tools/call") return handshake(message);
                  return net::json_response(400, R"({"jsonrpc":"2.0","error":{"code":-32602,"message":"x"}})");
                }),
                call_a_tool);

  EXPECT_EQ(ended.error().code, Errc::invalid_input);
}

TEST(OverHttpToOthers, NamesTheServerThatIsNotThere) {
  asio::io_context loop(1);
  net::HttpClient requests(loop.get_executor(), {});
  HttpServerAddress address{.url = "http://127.0.0.1:1/mcp"};
  Client client(loop.get_executor(), http_transport(loop.get_executor(), requests, std::move(address), Log{}), {},
                Log{});

  const auto ended = run(loop, client.run([]() -> Task<Result<void>> { co_return Result<void>{}; }));

  EXPECT_EQ(ended.error().code, Errc::unavailable);
  EXPECT_THAT(ended.error().message, HasSubstr("127.0.0.1:1: connection refused"));
}

}  // namespace
}  // namespace convoke::mcp
