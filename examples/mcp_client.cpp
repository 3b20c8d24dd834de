// An MCP client: starts a server, lists its tools, calls one. It speaks whatever revision the server does.
//   mcp_client_example TOOL '{"a": 2, "b": 3}' COMMAND [ARGUMENT…]
#include <cstdio>

#include "base/run.hpp"
#include "mcp/client/client.hpp"
#include "mcp/transport/stdio_transport.hpp"

using namespace convoke;
using namespace convoke::mcp;

// What a server may ask back while it works. Whatever is set here is what the server is told we can do.
Task<Result<ElicitResult>> answer_with_defaults(ElicitRequest request) {
  std::printf("asked: %s\n", request.message.c_str());
  co_return ElicitResult{ElicitResult::Action::accept, defaults_of(request.requested_schema)};
}

Task<Result<void>> list_and_call(Client& client, std::string tool, json::object arguments) {
  const ServerDescription& server = client.server();
  std::printf("%s, revision %s\n", server.info.name.c_str(), name_of(server.revision).data());
  CO_TRY(const auto tools, co_await client.list_tools());
  for (const Tool& listed : tools) std::printf("  %s: %s\n", listed.name.c_str(), listed.description.c_str());

  // A deadline for the whole call; progress as it comes. A long call that becomes a task is waited for all the same.
  CallOptions options{.deadline = SteadyClock::now() + 30s};
  options.on_progress = [](const Progress& progress) { std::printf("%g…\n", progress.progress); };
  CO_TRY(const auto result, co_await client.call_tool(std::move(tool), std::move(arguments), std::move(options)));
  for (const ContentBlock& block : result.content) {
    if (const auto* words = std::get_if<TextContent>(&block)) std::printf("%s\n", words->text.c_str());
  }
  if (result.is_error) co_return fail(Errc::invalid_input, "the tool failed");
  co_return Result<void>{};
}

int main(int argc, char** argv) {
  const auto arguments = argc > 3 ? parse_json(argv[2]) : Result<json::value>(json::object{});
  if (argc < 4 || !arguments || !arguments->is_object()) {
    return std::fprintf(stderr, "usage: %s TOOL '{…}' COMMAND [ARGUMENT…]\n", argv[0]), 2;
  }
  asio::io_context loop(1);
  StdioServer server{.command = argv[3], .arguments = {argv + 4, argv + argc}};
  ClientOptions options{.host = {.elicit = answer_with_defaults}};
  Client client(loop.get_executor(), stdio_transport(loop.get_executor(), std::move(server), Log{}), options, Log{});

  // `run` connects, awaits the body, and leaves nothing behind: no process, no task, no open pipe.
  const auto ended = run(loop, client.run([&] { return list_and_call(client, argv[1], arguments->as_object()); }));
  if (!ended) return std::fprintf(stderr, "%s\n", ended.error().message.c_str()), 1;
}
