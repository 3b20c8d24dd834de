// Tool calls that become tasks, in both forms: asked for by the client (2025-11-25), decided by the server
// (2026-07-28).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "mcp/client/client.hpp"
#include "mcp/server/in_memory_transport.hpp"
#include "mcp/server/pipe_server.hpp"
#include "mcp/transport/in_memory_pipe.hpp"

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Handler = std::function<Task<Result<CallToolResult>>(RequestContext&, json::object)>;

class TasksInEitherEra : public ::testing::TestWithParam<EraChoice> {
 protected:
  Result<void> talk(std::function<Task<Result<void>>(Client&)> body) {
    options.era = GetParam();
    Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), options, Log{});
    return run(loop, client.run([&]() -> Task<Result<void>> {
      CO_CHECK(co_await client.list_tools());
      co_return co_await body(client);
    }));
  }

  void offer(TaskSupport support, Handler handler) {
    server.add_tool(Tool{.name = "job", .task_support = support}, std::move(handler));
  }

  asio::io_context loop{1};
  Server server{{"test server", "1"}, {.task_poll_interval = 1ms}};
  ClientOptions options{};
};

INSTANTIATE_TEST_SUITE_P(Eras, TasksInEitherEra, ::testing::Values(EraChoice::legacy, EraChoice::modern),
                         [](const auto& era) { return era.param == EraChoice::legacy ? "legacy" : "modern"; });

TEST_P(TasksInEitherEra, AreWaitedForByAnOrdinaryCall) {
  offer(TaskSupport::required, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    context.become_task();
    co_await context.progress(1, 2, "half of it");
    co_await yield_to_loop();
    co_return text_result("done");
  });
  CallToolResult result;
  std::vector<TaskStatus> seen;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CallOptions call{.on_task = [&](const TaskReport& report) { seen.push_back(report.status); }};
    CO_TRY(result, co_await client.call_tool("job", {}, std::move(call)));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text("done")));
  EXPECT_EQ(seen.back(), TaskStatus::completed);
}

TEST_P(TasksInEitherEra, AskTheHostForInput) {
  offer(TaskSupport::required, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    context.become_task();
    CO_TRY(const auto first, co_await context.elicit("sure", ElicitRequest{.message = "Sure?"}));
    CO_TRY(const auto second, co_await context.elicit("sure", ElicitRequest{.message = "Really sure?"}));
    const bool both = first.action == ElicitResult::Action::accept && second.action == ElicitResult::Action::decline;
    co_return text_result(both ? "not quite" : "?");
  });
  std::vector<std::string> asked;
  options.host.elicit = [&](ElicitRequest request) -> Task<Result<ElicitResult>> {
    asked.push_back(request.message);
    const bool first = asked.size() == 1;
    co_return ElicitResult{first ? ElicitResult::Action::accept : ElicitResult::Action::decline, json::object{}};
  };
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(result, co_await client.call_tool("job", {}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(asked, ElementsAre("Sure?", "Really sure?"));
  EXPECT_THAT(result.content, ElementsAre(text("not quite")));
}

TEST_P(TasksInEitherEra, AreStartedNowAndAwaitedLater) {
  offer(TaskSupport::optional, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    context.become_task();
    co_await yield_to_loop();
    co_return text_result("later");
  });
  CallToolResult result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(const auto started, co_await client.start_tool("job", {}));
    const auto* task = std::get_if<TaskReport>(&started);
    if (!task) co_return fail(Errc::protocol, "no task");
    CO_TRY(result, co_await client.await_task({.id = task->id, .poll_interval = 1ms}));
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.content, ElementsAre(text("later")));
}

TEST_P(TasksInEitherEra, UnwindWhenTheyAreCancelled) {
  bool unwound = false;
  offer(TaskSupport::optional, [&](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    struct OnExit {
      bool& flag;
      ~OnExit() { flag = true; }
    } on_exit{unwound};
    context.become_task();
    co_await sleep_for(1h);
    co_return text_result("");
  });
  Result<CallToolResult> result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    CO_TRY(const auto started, co_await client.start_tool("job", {}));
    const auto& task = std::get<TaskReport>(started);
    CO_CHECK(co_await client.cancel_task(task.id));
    while (!unwound) co_await yield_to_loop();
    result = co_await client.await_task(task);
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.error().message, HasSubstr("cancelled"));
}

TEST_P(TasksInEitherEra, AreCancelledWhenTheirCallerStopsWaiting) {
  bool begun = false;
  bool unwound = false;
  offer(TaskSupport::required, [&](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    struct OnExit {
      bool& flag;
      ~OnExit() { flag = true; }
    } on_exit{unwound};
    begun = true;
    context.become_task();
    co_await sleep_for(1h);
    co_return text_result("");
  });
  Result<CallToolResult> result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    result = co_await client.call_tool("job", {}, {.deadline = SteadyClock::now() + 30ms});
    // A machine may be so slow that the deadline came first.
    while (begun && !unwound) co_await yield_to_loop();
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(result.error().code, Errc::timed_out);
}

TEST_P(TasksInEitherEra, SayWhenTheirHandlerBroke) {
  offer(TaskSupport::required, [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
    context.become_task();
    co_await yield_to_loop();
    throw std::runtime_error("a bug");
  });
  Result<CallToolResult> result;

  const auto ended = talk([&](Client& client) -> Task<Result<void>> {
    result = co_await client.call_tool("job", {});
    co_return Result<void>{};
  });

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(result.error().message, "the server answered error -32603: internal error");
}

TEST_P(TasksInEitherEra, AreForgottenAfterTheirTime) {
  Server forgetful({"forgetful", "1"}, {.task_ttl = 0ms});
  forgetful.add_tool(Tool{.name = "job", .task_support = TaskSupport::optional},
                     [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
                       context.become_task();
                       co_await sleep_for(1h);
                       co_return text_result("");
                     });
  Result<TaskReport> task;
  options.era = GetParam();
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), forgetful, Log{}), options, Log{});

  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    CO_TRY(const auto started, co_await client.start_tool("job", {}));
    task = co_await client.task(std::get<TaskReport>(started).id);
    co_return Result<void>{};
  }));

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(task.error().message, "the server answered error -32602: no such task");
}

TEST(ModernTasks, AreRefusedToAClientThatDoesNotKnowThem) {
  asio::io_context loop(1);
  Server server({"s", "1"});
  server.add_tool(Tool{.name = "job", .task_support = TaskSupport::required},
                  [](const json::object&) { return text_result("?"); });
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), {.tasks = false}, Log{});
  Result<CallToolResult> result;

  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    result = co_await client.call_tool("job", {});
    co_return Result<void>{};
  }));

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(result.error().message, HasSubstr("-32021"));
}

TEST(LegacyTasks, AreListed) {
  asio::io_context loop(1);
  Server server({"s", "1"});
  server.add_tool(Tool{.name = "job", .task_support = TaskSupport::optional},
                  [](const json::object&) { return text_result("?"); });
  ClientOptions options{.era = EraChoice::legacy};
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), options, Log{});
  std::vector<TaskReport> tasks;

  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    CO_CHECK(co_await client.list_tools());
    CO_CHECK(co_await client.start_tool("job", {}));
    CO_TRY(tasks, co_await client.list_tasks());
    co_return Result<void>{};
  }));

  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(tasks.size(), 1u);
}

constexpr std::string_view meta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":)"
    R"({"extensions":{"io.modelcontextprotocol/tasks":{}}}})";

std::string request(int id, std::string_view method, std::string_view params) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + std::string(method) + R"(","params":{)" +
         std::string(params) + std::string(meta) + "}}";
}

TEST(ModernTasks, TellSubscribersHowTheyAre) {
  asio::io_context loop(1);
  Server server({"s", "1"});
  server.add_tool(Tool{.name = "job", .task_support = TaskSupport::optional},
                  [](RequestContext& context, json::object) -> Task<Result<CallToolResult>> {
                    context.become_task();
                    co_await sleep_for(1h);
                    co_return text_result("");
                  });
  json::value told;

  const auto play = [&]() -> Task<> {
    auto [ours, theirs] = in_memory_pipes(loop.get_executor());
    TaskScope scope(loop.get_executor(), Log{});
    scope.spawn("server", serve_pipe(server, *theirs, Log{}));
    const auto next = [&]() -> Task<json::value> {
      const auto line = co_await ours->read();
      co_return parse_json(line.value()).value();
    };
    co_await ours->write(request(1, "tools/call", R"("name":"job",)"));
    const auto created = co_await next();
    const auto id = string_or_empty(created.at("result"), "taskId");
    co_await ours->write(request(2, "subscriptions/listen", R"("notifications":{"taskIds":[")" + id + R"(","x"]},)"));
    const auto acknowledged = co_await next();
    EXPECT_EQ(acknowledged.at("params").at("notifications"), (json::value{{"taskIds", json::array{id}}}));
    co_await ours->write(request(3, "tasks/cancel", R"("taskId":")" + id + R"(",)"));
    told = co_await next();
    co_await ours->close();
    co_await scope.drained();
  };
  run(loop, play());

  EXPECT_EQ(told.at("method"), "notifications/tasks");
  EXPECT_EQ(told.at("params").at("status"), "cancelled");
}

}  // namespace
}  // namespace convoke::mcp
