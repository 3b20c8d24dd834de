// Tools whose calls outlive their request.
#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <stdexcept>

#include "fixture_tools.hpp"

namespace convoke::mcp::fixture {

namespace {

using Outcome = Task<Result<CallToolResult>>;

ElicitRequest form(std::string message, const char* field, const char* type) {
  ElicitRequest request{.message = std::move(message)};
  request.requested_schema = {{"type", "object"},
                              {"properties", json::object{{field, json::object{{"type", type}}}}},
                              {"required", json::array{field}}};
  return request;
}

Outcome compute_slowly(RequestContext& context, json::object arguments) {
  const auto seconds = find_integer(arguments, "seconds").value_or(0);
  if (seconds > 0) context.become_task();
  co_await sleep_for(std::chrono::seconds(seconds));
  co_return text_result(fmt::format("{}: done after {} s", string_or_empty(arguments, "label"), seconds));
}

Outcome fail_later(RequestContext& context, json::object) {
  context.become_task();
  co_await sleep_for(1s);
  co_return error_result("This job always fails.");
}

Outcome break_later(RequestContext& context, json::object) {
  context.become_task();
  co_await yield_to_loop();
  throw std::runtime_error("this job breaks on purpose");
}

Outcome confirm_delete(RequestContext& context, json::object arguments) {
  context.become_task();
  const auto file = string_or_empty(arguments, "filename");
  CO_TRY(const auto answer, co_await context.elicit("confirm", form("Delete " + file + "?", "confirm", "boolean")));
  const bool yes = answer.content && find_bool(*answer.content, "confirm").value_or(false);
  co_return text_result(fmt::format("{} was {}", file, yes ? "deleted" : "kept"));
}

Outcome ask_twice_at_once(RequestContext& context, json::object) {
  using namespace asio::experimental::awaitable_operators;
  context.become_task();
  auto [name, sure] = co_await (context.elicit("name", form("What is your name?", "name", "string")) &&
                                context.elicit("sure", form("Are you sure?", "confirm", "boolean")));
  if (!name) co_return fail(name.error());
  if (!sure) co_return fail(sure.error());
  co_return text_result("Both are answered.");
}

Outcome greet_later(RequestContext& context, json::object) {
  CO_TRY(const auto answer, co_await context.elicit("user_name", form("What is your name?", "name", "string")));
  context.become_task();
  co_await yield_to_loop();
  co_return text_result("Hello, " + (answer.content ? string_or_empty(*answer.content, "name") : "") + "!");
}

}  // namespace

void add_task_tools(Server& server) {
  const auto add = [&](std::string name, std::string description, TaskSupport support, ToolHandler handler) {
    server.add_tool({.name = std::move(name), .description = std::move(description), .task_support = support},
                    std::move(handler));
  };
  server.add_tool({.name = "greet", .description = "Greets"}, [](const json::object& arguments) {
    return text_result("Hello, " + string_or_empty(arguments, "name") + "!");
  });
  add("slow_compute", "Takes its time", TaskSupport::optional, compute_slowly);
  add("failing_job", "Fails, later", TaskSupport::required, fail_later);
  add("protocol_error_job", "Breaks, later", TaskSupport::required, break_later);
  add("confirm_delete", "Asks before it goes on", TaskSupport::optional, confirm_delete);
  add("multi_input", "Asks two things at once", TaskSupport::optional, ask_twice_at_once);
  add("test_tool_with_task", "Asks, and goes on as a task", TaskSupport::required, greet_later);
}

}  // namespace convoke::mcp::fixture
