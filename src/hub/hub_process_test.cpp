// The hub with real child processes: the demo server over stdio.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/run.hpp"
#include "hub/hub.hpp"

namespace convoke {
namespace {

using testing::HasSubstr;
using namespace asio::experimental::awaitable_operators;

const SystemClock system_clock;
const std::string demo_program = CONVOKE_BINARY_DIR "/convoke-demo-server";

std::vector<pid_t> children_of(pid_t pid) {
  const std::string number = std::to_string(pid);
  std::ifstream listed("/proc/" + number + "/task/" + number + "/children");
  return {std::istream_iterator<pid_t>(listed), {}};
}

/// The servers that run: each has its keeper, and the keepers have their watch, which is our child.
std::vector<pid_t> running_servers() {
  std::vector<pid_t> servers;
  for (const pid_t watch : children_of(getpid())) {
    for (const pid_t keeper : children_of(watch)) std::ranges::copy(children_of(keeper), std::back_inserter(servers));
  }
  return servers;
}

ServerEntry demo(std::string name) { return {.name = std::move(name), .command = demo_program}; }

void with_hub(std::vector<ServerEntry> entries, std::function<Task<>(Hub&)> scenario) {
  asio::io_context loop(1);
  const ConnectionSettings settings{.initial_reconnect_delay = 5ms, .max_reconnect_delay = 20ms};
  const auto transports = stdio_transports(loop.get_executor(), Log{});
  Hub hub(std::move(entries), settings, loop.get_executor(), transports, system_clock, Log{});
  const auto both = [&]() -> Task<> { co_await (hub.run() || scenario(hub)); };
  run(loop, both());
}

Task<> until(std::function<bool()> condition) {
  const auto patience = SteadyClock::now() + 20s;
  while (!condition() && SteadyClock::now() < patience) co_await sleep_for(1ms);
  EXPECT_TRUE(condition());
}

Task<ToolResult> sum(Hub& hub, std::string tool) {
  ToolCall call{"call_1", std::move(tool), R"({"a": 2, "b": 3})"};
  ToolCaller nobody;
  co_return co_await hub.call(std::move(call), nobody);
}

TEST(HubProcesses, CalculateAndLeaveNothingBehind) {
  with_hub({demo("one"), demo("two")}, [](Hub& hub) -> Task<> {
    co_await until([&] { return hub.tools()->size() == 10; });

    const auto answer = co_await sum(hub, "two__sum");
    EXPECT_EQ(answer.text, "5");
    EXPECT_EQ(running_servers().size(), 2u);
  });

  EXPECT_TRUE(running_servers().empty());
}

TEST(HubProcesses, ComeBackWhenKilled) {
  with_hub({demo("one")}, [](Hub& hub) -> Task<> {
    co_await until([&] { return hub.tools()->size() == 5; });

    kill(running_servers().at(0), SIGKILL);
    co_await until([&] { return hub.servers()[0].restarts == 1 && hub.tools()->size() == 5; });
    const auto answer = co_await sum(hub, "sum");
    EXPECT_EQ(answer.text, "5");
  });

  EXPECT_TRUE(running_servers().empty());
}

TEST(HubProcesses, EndACallWhenTheyDieDuringIt) {
  // A server that answers the handshake and dies of the first call.
  ServerEntry fragile{.name = "fragile", .command = "/bin/sh"};
  fragile.era = mcp::EraChoice::legacy;
  fragile.arguments = {"-c", R"sh(
    read -r line
    echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"f","version":"1"}}}'
    read -r line
    read -r line
    echo '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"sum","inputSchema":{"type":"object"}}]}}'
    read -r line
    exit 3
  )sh"};

  with_hub({fragile}, [](Hub& hub) -> Task<> {
    co_await until([&] { return hub.tools()->size() == 1; });

    const auto answer = co_await sum(hub, "sum");
    EXPECT_TRUE(answer.is_error);
    EXPECT_THAT(answer.text, HasSubstr("exited with status 3"));
    co_await until([&] { return hub.servers()[0].restarts == 1; });
  });

  EXPECT_TRUE(running_servers().empty());
}

TEST(HubProcesses, HaveTheirStderrInOurLog) {
  std::string logged;
  configure_logging(LogLevel::info, LogFormat::json);
  capture_log([&](std::string_view line) { logged.append(line).append("\n"); });
  ServerEntry talkative = demo("talkative");
  talkative.command = "/bin/sh";
  talkative.arguments = {"-c", "echo hello from the server >&2; exec " + demo_program};

  with_hub({talkative}, [](Hub& hub) -> Task<> { co_await until([&] { return !hub.tools()->empty(); }); });
  capture_log({});
  configure_logging(LogLevel::warning, LogFormat::json);

  EXPECT_THAT(logged, HasSubstr(R"("event":"server.stderr","server":"talkative","line":"hello from the server"})"));
  EXPECT_THAT(logged, HasSubstr(R"("event":"server.ready","server":"talkative","tools":5)"));
}

TEST(HubProcesses, AreNotStartedWhenThereIsNoSuchProgram) {
  ServerEntry missing{.name = "missing", .command = "/nowhere/server"};

  with_hub({missing}, [](Hub& hub) -> Task<> {
    co_await until([&] { return hub.servers()[0].state == ServerState::backing_off; });
    EXPECT_THAT(hub.servers()[0].problem, HasSubstr("/nowhere/server"));
  });
}

}  // namespace
}  // namespace convoke
