// A server that says anything at all, a message a line, and leaves: our client ends, with an error or without.
#include <string_view>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "mcp/client/client.hpp"
#include "mcp/transport/in_memory_pipe.hpp"
#include "mcp/transport/pipe_transport.hpp"

namespace {

using namespace convoke;
using namespace convoke::mcp;

Task<> answer_with(std::unique_ptr<Pipe> pipe, std::string_view text) {
  for (int turn = 0; turn < 32; ++turn) co_await yield_to_loop();  // until the client has asked something
  for (int lines = 0; !text.empty() && lines < 64; ++lines) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    const auto written = co_await pipe->write(std::string(text.substr(0, end + 1)));
    if (!written) co_return;
    text.remove_prefix(end + 1);
    for (int turn = 0; turn < 8; ++turn) co_await yield_to_loop();
  }
  co_await pipe->close();
}

Task<Result<void>> use_everything(Client& client) {
  static_cast<void>(co_await client.list_tools());
  static_cast<void>(co_await client.call_tool("t", {{"a", 1}}));
  static_cast<void>(co_await client.start_tool("t", {}));
  static_cast<void>(co_await client.list_prompts());
  static_cast<void>(co_await client.get_prompt("p", {}));
  static_cast<void>(co_await client.list_resources());
  static_cast<void>(co_await client.read_resource("a://b"));
  static_cast<void>(co_await client.complete({.name = "p", .argument = "x"}));
  co_return Result<void>{};
}

ClientOptions options_of(EraChoice era) {
  ClientOptions options{.era = era};
  options.host.roots = []() -> Task<Result<std::vector<Root>>> { co_return std::vector<Root>{}; };
  options.host.elicit = [](ElicitRequest request) -> Task<Result<ElicitResult>> {
    co_return ElicitResult{ElicitResult::Action::accept, defaults_of(request.requested_schema)};
  };
  options.events.on_tools_changed = [] {};
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  asio::io_context loop(1);
  const auto executor = loop.get_executor();
  TaskScope servers(executor, Log{});
  auto open = [&]() -> Result<std::unique_ptr<Pipe>> {
    auto [ours, theirs] = in_memory_pipes(executor);
    servers.spawn("server", answer_with(std::move(theirs), text));
    return std::move(ours);
  };
  const auto era = bytes[0] % 2 == 0 ? EraChoice::legacy : EraChoice::modern;
  Client client(executor, std::make_unique<PipeTransport>(executor, open, Log{}), options_of(era), Log{});
  const auto play = [&]() -> Task<> { static_cast<void>(co_await client.run([&] { return use_everything(client); })); };
  run(loop, servers.run(play()));
  return 0;
}
