// What a `tools/call` over stdio costs on the host's side. In turn: our client with a server; the same call as one line
// over a bare pipe to the same server; and that line over a bare pipe to a process that only sends it back. Prints one
// JSON line with the medians in microseconds.
//
//     mcp_bench SERVER CALLS
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "bare_pipe.hpp"
#include "base/run.hpp"
#include "bench.hpp"
#include "mcp/client/client.hpp"
#include "mcp/transport/stdio_transport.hpp"

namespace convoke::bench {
namespace {

constexpr int calls_in_a_row = 100;

Task<std::vector<double>> timed_calls(mcp::Client& client, int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const Stopwatch watch;
    const auto result = co_await client.call_tool("sum", {{"a", 2}, {"b", i}});
    if (!result) throw std::runtime_error(result.error().message);
    times.push_back(watch.seconds() * 1e6);
  }
  co_return times;
}

std::string call_line(int id) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"sum","arguments":{{"a":2,"b":{}}}}}}})"
      "\n",
      id, id);
}

std::vector<double> timed_lines(BarePipe& pipe, int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const Stopwatch watch;
    pipe.send(call_line(i + 10));
    const std::string answer = pipe.receive();
    times.push_back(watch.seconds() * 1e6);
    if (answer.contains(R"("error")")) throw std::runtime_error(answer);
  }
  return times;
}

void shake_hands(BarePipe& server) {
  server.send(
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},)"
      R"("clientInfo":{"name":"bench","version":"1"}}})"
      "\n");
  server.receive();
  server.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
              "\n");
}

void append(std::vector<double>& all, const std::vector<double>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

int measure(const std::string& self, const std::string& server, int calls) {
  BarePipe bare({server}), echo({self, "echo"});
  shake_hands(bare);
  asio::io_context loop(1);
  mcp::Client client(loop.get_executor(), mcp::stdio_transport(loop.get_executor(), {.command = server}, Log{}), {},
                     Log{});
  std::vector<double> call_times, bare_times, echo_times;
  const auto all_in_turn = [&]() -> Task<Result<void>> {
    for (int done = 0; done < calls; done += calls_in_a_row) {
      append(call_times, co_await timed_calls(client, calls_in_a_row));
      append(bare_times, timed_lines(bare, calls_in_a_row));
      append(echo_times, timed_lines(echo, calls_in_a_row));
    }
    co_return Result<void>{};
  };
  const auto ended = run(loop, client.run(all_in_turn));
  if (!ended) throw std::runtime_error(ended.error().message);
  fmt::print(R"({{"call_us":{:.2f},"call_p99_us":{:.2f},"server_us":{:.2f},"echo_us":{:.2f}}})"
             "\n",
             median(call_times), quantile(call_times, 0.99), median(bare_times), median(echo_times));
  return 0;
}

}  // namespace
}  // namespace convoke::bench

int main(int argc, char** argv) {
  using namespace convoke::bench;
  if (argc == 2 && std::string_view(argv[1]) == "echo") return echo_until_end();
  if (argc != 3) {
    std::fputs("usage: mcp_bench SERVER CALLS\n", stderr);
    return 2;
  }
  try {
    return measure("/proc/self/exe", argv[1], std::atoi(argv[2]));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "mcp_bench: %s\n", problem.what());
    return 1;
  }
}
