// Calls from other loops than the hub's own: what ThreadSanitizer should see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "base/run.hpp"
#include "hub/hub.hpp"
#include "hub/testing/local_servers.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using namespace asio::experimental::awaitable_operators;

/// A server that counts to three, telling each number, and another tool that never ends.
void furnish(mcp::Server& server, std::atomic<int>& cancelled) {
  server.add_tool({.name = "count"},
                  [](mcp::RequestContext& request, json::object) -> Task<Result<mcp::CallToolResult>> {
                    for (int i = 1; i <= 3; ++i) co_await request.progress(i, 3.0, std::to_string(i));
                    co_return mcp::text_result("counted");
                  });
  server.add_tool({.name = "sleep"}, [&](mcp::RequestContext&, json::object) -> Task<Result<mcp::CallToolResult>> {
    struct Count {
      std::atomic<int>& cancelled;
      ~Count() { ++cancelled; }
    } const count{cancelled};
    co_await sleep_until(Deadline::max());
    co_return mcp::text_result("never");
  });
}

/// A hub on a thread of its own, for as long as the test lasts.
class HubOnAnotherLoop : public testing::Test {
 protected:
  HubOnAnotherLoop() {
    furnish(local["zoo"], cancelled);
    const ServerEntry entry{.name = "zoo", .command = "not used"};
    hub.emplace(std::vector{entry}, ConnectionSettings{}, loop.get_executor(), local.transports(), clock, Log{});
    thread = std::thread([this] { run(loop, local.run(serve())); });
    while (hub->tools()->empty()) std::this_thread::yield();
  }
  ~HubOnAnotherLoop() override {
    asio::post(loop, [this] { stop.notify(); });
    thread.join();
  }

  Task<> serve() { co_await (hub->run() || stop.wait()); }

  const SystemClock clock;
  std::atomic<int> cancelled = 0;
  asio::io_context home{1};  // outlives the thread that answers to it
  asio::io_context second_home{1};
  asio::io_context loop{1};
  Signal stop{loop.get_executor()};
  LocalServers local{loop.get_executor()};
  std::optional<Hub> hub;
  std::thread thread;
};

TEST_F(HubOnAnotherLoop, AnswersOnTheCallersLoopAndTellsProgressThere) {
  const auto here = std::this_thread::get_id();
  struct Listener : ToolCaller {
    void on_progress(const ToolProgress& progress) override {
      EXPECT_EQ(std::this_thread::get_id(), home);
      seen.push_back(progress.message);
    }
    std::thread::id home = std::this_thread::get_id();
    std::vector<std::string> seen;
  } listener;
  const auto scenario = [&]() -> Task<> {
    const auto answer = co_await hub->call({"call_1", "count", "{}"}, listener);
    EXPECT_EQ(answer.text, "counted");
    EXPECT_EQ(std::this_thread::get_id(), here);
  };

  run(home, scenario());

  EXPECT_THAT(listener.seen, ElementsAre("1", "2", "3"));
}

TEST_F(HubOnAnotherLoop, CancelsACallOfAnotherLoop) {
  ToolCaller nobody;
  const auto scenario = [&]() -> Task<> { co_await (hub->call({"call_1", "sleep", "{}"}, nobody) || sleep_for(20ms)); };

  run(home, scenario());

  while (cancelled == 0) std::this_thread::yield();
  EXPECT_EQ(cancelled, 1);
}

TEST_F(HubOnAnotherLoop, TakesCallsOfManyLoopsAtOnce) {
  std::atomic<int> answered = 0;
  const auto call_often = [&]() -> Task<> {
    ToolCaller nobody;
    for (int i = 0; i < 50; ++i) {
      const auto answer = co_await hub->call({"call_1", "count", "{}"}, nobody);
      if (answer.text == "counted" && hub->tools()->size() == 2 && hub->servers().size() == 1) ++answered;
    }
  };
  {
    const std::jthread one([&] { run(home, call_often()); });
    const std::jthread two([&] { run(second_home, call_often()); });
  }

  EXPECT_EQ(answered, 100);
}

}  // namespace
}  // namespace convoke
