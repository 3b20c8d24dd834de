// A client of ours that says anything at all, a message a line: the server answers each, and is there for the next.
#include <string_view>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "mcp/server/http_checks.hpp"
#include "mcp/server/input_seal.hpp"
#include "mcp/server/methods.hpp"
#include "mcp/server/pipe_server.hpp"
#include "mcp/transport/in_memory_pipe.hpp"

namespace {

using namespace convoke;
using namespace convoke::mcp;

Task<Result<CallToolResult>> ask(RequestContext& context, json::object) {
  context.become_task();
  CO_CHECK(co_await context.elicit("q", ElicitRequest{.message = "?"}));
  co_return text_result("");
}

void offer_something(Server& server) {
  Tool tool{.name = "t"};
  tool.input_schema = json::parse(R"({"type":"object","properties":{"a":{"type":"number"}}})").as_object();
  server.add_tool(std::move(tool), [](const json::object&) { return text_result("ok"); });
  server.add_tool(Tool{.name = "ask", .task_support = TaskSupport::optional}, ask);
  server.add_prompt({.name = "p", .arguments = {{.name = "x", .required = true}}},
                    [](const PromptArguments&) { return GetPromptResult{}; });
  server.add_resource_template({"a://{b}/{c}", "r"},
                               [](RequestContext&, std::string uri, UriVariables) -> Task<Result<ReadResourceResult>> {
                                 ResourceContents contents{std::move(uri), "", ""};
                                 co_return ReadResourceResult{{std::move(contents)}};
                               });
  server.set_completions([](CompletionRequest) -> Task<Result<Completion>> { co_return Completion{}; });
}

Task<> say(Server& server, std::string_view text) {
  const auto executor = co_await asio::this_coro::executor;
  auto [ours, theirs] = in_memory_pipes(executor);
  TaskScope scope(executor, Log{});
  scope.spawn("server", serve_pipe(server, *theirs, Log{}));
  for (int lines = 0; !text.empty() && lines < 64; ++lines) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    static_cast<void>(co_await ours->write(std::string(text.substr(0, end + 1))));
    text.remove_prefix(end + 1);
    for (int turn = 0; turn < 8; ++turn) co_await yield_to_loop();
  }
  scope.cancel();  // what waits for an answer would wait for it
  co_await ours->close();
  co_await scope.drained();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  asio::io_context loop(1);
  Server server({"fuzzed", "1"});
  offer_something(server);
  run(loop, say(server, text));

  static const InputSeal seal;
  static_cast<void>(seal.open(text, "tools/call", {}, std::chrono::system_clock::now()));
  const auto half = text.substr(0, size / 2);
  static_cast<void>(match_uri(half, text.substr(size / 2)));
  const net::Headers headers{{"Host", std::string(half)}, {"Origin", std::string(text.substr(size / 2))}};
  static_cast<void>(comes_from_allowed_host(headers, {"localhost", "[::1]"}, {}));
  return 0;
}
