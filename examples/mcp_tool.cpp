// One tool with everything a tool can do: typed results, progress, a question back, and work that outlives its request.
// Server and client live in this process; a host keeps its own tools beside those of real servers in this way.
#include <cstdio>

#include "base/run.hpp"
#include "mcp/client/client.hpp"
#include "mcp/server/in_memory_transport.hpp"

using namespace convoke;
using namespace convoke::mcp;

Tool count_words() {
  Tool tool{.name = "count_words", .description = "Counts the words of a text."};
  tool.input_schema = json::parse(R"({"type": "object", "properties": {"text": {"type": "string"}}})").as_object();
  tool.output_schema = json::parse(R"({"type": "object", "required": ["words"],
                                       "properties": {"words": {"type": "integer"}}})")
                           .as_object();
  tool.task_support = TaskSupport::optional;
  return tool;
}

// A handler is a coroutine: waiting costs nothing, and when the client cancels, it unwinds right where it waits.
Task<Result<CallToolResult>> count(RequestContext& context, json::object arguments) {
  ElicitRequest question{.message = "Count numbers as words, too?"};
  question.requested_schema = json::parse(R"({"type": "object", "properties": {
      "numbers": {"type": "boolean", "default": true}}})")
                                  .as_object();
  CO_TRY(const auto answer, co_await context.elicit("numbers", std::move(question)));
  const bool numbers = answer.content && find_bool(*answer.content, "numbers").value_or(false);

  context.become_task();  // clients that know tasks have their answer now, and come back for the result
  co_await context.progress(1, 2, "counting");
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : string_or_empty(arguments, "text")) {
    const bool belongs = c != ' ' && (numbers || c < '0' || c > '9');
    words += belongs && !inside ? 1 : 0;
    inside = belongs;
  }
  co_return CallToolResult{.structured_content = json::object{{"words", words}}};
}

int main() {
  asio::io_context loop(1);
  Server server({"words", "1.0"});
  server.add_tool(count_words(), count);
  ClientOptions options;
  options.host.elicit = [](ElicitRequest request) -> Task<Result<ElicitResult>> {
    co_return ElicitResult{ElicitResult::Action::accept, defaults_of(request.requested_schema)};
  };
  Client client(loop.get_executor(), in_memory_transport(loop.get_executor(), server, Log{}), options, Log{});
  const auto ended = run(loop, client.run([&]() -> Task<Result<void>> {
    CO_TRY(const auto result, co_await client.call_tool("count_words", {{"text", "one two 3"}}));
    std::printf("%s\n", json::serialize(*result.structured_content).c_str());
    co_return Result<void>{};
  }));
  return ended ? 0 : 1;
}
