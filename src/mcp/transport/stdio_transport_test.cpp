#include "mcp/transport/stdio_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/run.hpp"
#include "mcp/client/client.hpp"

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

StdioServer shell(std::string script) { return {.command = "/bin/sh", .arguments = {"-c", std::move(script)}}; }

StdioServer demo_server() { return {.command = CONVOKE_BINARY_DIR "/convoke-demo-server"}; }

Result<void> talk(StdioServer server, ClientOptions options, std::function<Task<Result<void>>(Client&)> body) {
  asio::io_context loop(1);
  const Executor executor = loop.get_executor();
  Client client(executor, stdio_transport(executor, std::move(server), Log{}), std::move(options), Log{});
  return run(loop, client.run([&] { return body(client); }));
}

Task<Result<void>> nothing(Client&) { co_return Result<void>{}; }

class DemoServer : public ::testing::TestWithParam<EraChoice> {};
INSTANTIATE_TEST_SUITE_P(Eras, DemoServer,
                         ::testing::Values(EraChoice::automatic, EraChoice::legacy, EraChoice::modern));

TEST_P(DemoServer, CalculatesAndListsItsFiles) {
  std::vector<std::string> tools;
  CallToolResult sum;
  CallToolResult by_zero;
  std::string files;
  std::size_t prompts = 0;

  const auto ended = talk(demo_server(), {.era = GetParam()}, [&](Client& client) -> Task<Result<void>> {
    CO_TRY(const auto listed, co_await client.list_tools());
    for (const Tool& tool : listed) tools.push_back(tool.name);
    CO_TRY(sum, co_await client.call_tool("sum", {{"a", 2}, {"b", 40}}));
    CO_TRY(by_zero, co_await client.call_tool("divide", {{"a", 2}, {"b", 0}}));
    CO_TRY(const auto read, co_await client.read_resource("demo://files"));
    files = read.contents.at(0).text.value();
    CO_TRY(const auto listed_prompts, co_await client.list_prompts());
    prompts = listed_prompts.size();
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(tools, ElementsAre("sum", "subtract", "multiply", "divide", "power"));
  EXPECT_THAT(sum.content, ElementsAre(text("42")));
  EXPECT_TRUE(by_zero.is_error);
  EXPECT_NE(files, "");
  EXPECT_EQ(prompts, 2U);
}

TEST(StdioTransport, NamesAProgramThatDoesNotExist) {
  const auto ended = talk({.command = "/no/such/program"}, {}, nothing);

  EXPECT_EQ(ended.error().code, Errc::not_found);
  EXPECT_THAT(ended.error().message, HasSubstr("/no/such/program"));
}

TEST(StdioTransport, TellsHowTheServerEnded) {
  const auto ended = talk(shell("exit 3"), {}, nothing);

  EXPECT_EQ(ended.error().code, Errc::unavailable);
  EXPECT_EQ(ended.error().message, "the server exited with status 3");
}

TEST(StdioTransport, HandsOnWhatTheServerWritesToStderr) {
  std::vector<std::string> lines;
  StdioServer server = shell("echo 'no config found' >&2; echo 'giving up' >&2; exit 1");
  server.on_stderr = [&](std::string_view line) { lines.emplace_back(line); };

  talk(std::move(server), {.era = EraChoice::legacy}, nothing);

  EXPECT_THAT(lines, ElementsAre("no config found", "giving up"));
}

TEST(StdioTransport, GivesUpOnALineWithoutEnd) {
  StdioServer server = shell("head -c 100000 /dev/zero | tr '\\0' 'x'; sleep 10");
  server.max_message_bytes = 1000;
  server.shutdown_grace = 10ms;

  const auto ended = talk(std::move(server), {}, nothing);

  EXPECT_EQ(ended.error().code, Errc::protocol);
  EXPECT_EQ(ended.error().message, "a message is longer than 1000 bytes");
}

TEST(StdioTransport, GivesTheServerOnlyTheEnvironmentItIsMeantToHave) {
  ::setenv("CONVOKE_TEST_SECRET", "hush", 1);
  std::vector<std::string> lines;
  StdioServer server = shell("echo \"$CONVOKE_TEST_SECRET|$MINE\" >&2");
  server.environment["MINE"] = "given";
  server.on_stderr = [&](std::string_view line) { lines.emplace_back(line); };

  talk(std::move(server), {.era = EraChoice::legacy}, nothing);

  EXPECT_THAT(lines, ElementsAre("|given"));
}

TEST(StdioTransport, RunsTheClientAnewAfterTheServerDied) {
  asio::io_context loop(1);
  const Executor executor = loop.get_executor();
  Client client(executor, stdio_transport(executor, demo_server(), Log{}), {}, Log{});
  const auto body = [&]() -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("sum", {{"a", 1}, {"b", 1}}));
    co_return Result<void>{};
  };

  const auto first = run(loop, client.run(body));
  const auto second = run(loop, client.run(body));

  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

}  // namespace
}  // namespace convoke::mcp
