// How long it takes until the tools of many servers are listed under names of their own: `hub_bench SERVERS TOOLS`.
// The servers are in this process, so that their start does not count; each has the same tools, so that every name is
// taken more than once.
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>

#include "base/run.hpp"
#include "bench.hpp"
#include "hub/hub.hpp"
#include "hub/testing/local_servers.hpp"

namespace convoke::bench {
namespace {

mcp::Tool tool_number(int number) {
  mcp::Tool tool{.name = fmt::format("tool_{}", number), .description = "Does what tools do, in so many words."};
  tool.input_schema = json::parse(R"({"type": "object", "required": ["path"], "properties": {
      "path": {"type": "string", "description": "Where to look"},
      "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
      "kinds": {"type": "array", "items": {"type": "string", "enum": ["file", "folder", "link"]}}}})")
                          .as_object();
  return tool;
}

Task<> wait_for_tools(Hub& hub, std::size_t count) {
  while (hub.tools()->size() < count) co_await hub.changed();
}

double milliseconds_until_listed(int servers, int tools) {
  asio::io_context loop(1);
  LocalServers local(loop.get_executor());
  std::vector<ServerEntry> entries;
  for (int i = 0; i < servers; ++i) {
    ServerEntry entry{.name = fmt::format("server{}", i)};
    for (int t = 0; t < tools; ++t) {
      local[entry.name].add_tool(tool_number(t), [](const json::object&) { return mcp::text_result(""); });
    }
    entries.push_back(std::move(entry));
  }
  SystemClock clock;
  Hub hub(std::move(entries), {}, loop.get_executor(), local.transports(), clock, Log{});
  const Stopwatch watch;
  double seconds = 0;
  const auto play = [&]() -> Task<> {
    using namespace asio::experimental::awaitable_operators;
    co_await (hub.run() || wait_for_tools(hub, static_cast<std::size_t>(servers) * static_cast<std::size_t>(tools)));
  };
  const auto timed = [&]() -> Task<> {
    co_await wait_for_tools(hub, static_cast<std::size_t>(servers) * static_cast<std::size_t>(tools));
    seconds = watch.seconds();
  };
  const auto both = [&]() -> Task<> {
    using namespace asio::experimental::awaitable_operators;
    co_await (play() && timed());
  };
  run(loop, local.run(both()));
  return seconds * 1e3;
}

}  // namespace
}  // namespace convoke::bench

int main(int argc, char** argv) {
  using namespace convoke::bench;
  if (argc != 3) {
    std::fputs("usage: hub_bench SERVERS TOOLS\n", stderr);
    return 2;
  }
  std::vector<double> times;
  for (int round = 0; round < 9; ++round)
    times.push_back(milliseconds_until_listed(std::atoi(argv[1]), std::atoi(argv[2])));
  fmt::print(R"({{"milliseconds":{:.2f}}})"
             "\n",
             median(times));
  return 0;
}
