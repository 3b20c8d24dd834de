// What our MCP client costs. Each prints one JSON line.
//
//     mcp_bench stdio CALLS SERVER...   `sum` of a server, in turn with the same call as one line over a bare pipe to
//                                       that server, and with that line over a bare pipe to a process that only sends
//                                       it back
//     mcp_bench http CALLS URL          `sum` of a server at a URL
//     mcp_bench large BYTES PEER        how much memory a large result takes at its peak
//
// The client speaks 2025-11-25, as its peer does: the same bytes go over the wire.
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <stdexcept>

#include "bare_pipe.hpp"
#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "bench.hpp"
#include "mcp/client/client.hpp"
#include "mcp/transport/http_transport.hpp"
#include "mcp/transport/stdio_transport.hpp"
#include "net/http_client.hpp"

namespace convoke::bench {
namespace {

constexpr int calls_in_a_row = 100;
constexpr int calls_at_once = 32;

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

Task<std::vector<double>> timed_calls(mcp::Client& client, int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const Stopwatch watch;
    value_or_throw(co_await client.call_tool("sum", {{"a", 2}, {"b", i}}));
    times.push_back(watch.seconds() * 1e6);
  }
  co_return times;
}

Task<> calls_one_after_the_other(mcp::Client& client, int& left) {
  while (left-- > 0) value_or_throw(co_await client.call_tool("sum", {{"a", 2}, {"b", left}}));
}

/// Calls per second, many at once.
Task<double> rate_of(mcp::Client& client, int count) {
  TaskScope callers(co_await asio::this_coro::executor, Log{});
  const Stopwatch watch;
  int left = count;
  for (int i = 0; i < calls_at_once; ++i) callers.spawn("caller", calls_one_after_the_other(client, left));
  co_await callers.drained();
  co_return count / watch.seconds();
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

const mcp::ClientOptions as_the_peer{.era = mcp::EraChoice::legacy};

void measure_stdio(const std::string& self, int calls, const std::vector<std::string>& server) {
  BarePipe bare(server), echo({self, "echo"});
  shake_hands(bare);
  asio::io_context loop(1);
  mcp::StdioServer command{.command = server.front(), .arguments = {server.begin() + 1, server.end()}};
  mcp::Client client(loop.get_executor(), mcp::stdio_transport(loop.get_executor(), std::move(command), Log{}),
                     as_the_peer, Log{});
  std::vector<double> call_times, bare_times, echo_times;
  double rate = 0;
  const auto all_in_turn = [&]() -> Task<Result<void>> {
    for (int done = 0; done < calls; done += calls_in_a_row) {
      append(call_times, co_await timed_calls(client, calls_in_a_row));
      append(bare_times, timed_lines(bare, calls_in_a_row));
      append(echo_times, timed_lines(echo, calls_in_a_row));
    }
    rate = co_await rate_of(client, calls);
    co_return Result<void>{};
  };
  value_or_throw(run(loop, client.run(all_in_turn)));
  fmt::print(R"({{"call_us":{:.2f},"call_p99_us":{:.2f},"server_us":{:.2f},"echo_us":{:.2f},"per_second":{:.0f}}})"
             "\n",
             median(call_times), quantile(call_times, 0.99), median(bare_times), median(echo_times), rate);
}

void measure_http(int calls, const std::string& url) {
  asio::io_context loop(1);
  net::HttpClient http(loop.get_executor(), {});
  mcp::Client client(loop.get_executor(), mcp::http_transport(loop.get_executor(), http, {.url = url}, Log{}),
                     as_the_peer, Log{});
  std::vector<double> times;
  double rate = 0;
  const auto play = [&]() -> Task<Result<void>> {
    co_await timed_calls(client, calls_in_a_row);
    times = co_await timed_calls(client, calls);
    rate = co_await rate_of(client, calls);
    co_return Result<void>{};
  };
  value_or_throw(run(loop, client.run(play)));
  fmt::print(R"({{"call_us":{:.2f},"per_second":{:.0f}}})"
             "\n",
             median(times), rate);
}

/// A line of /proc/self/status, in bytes.
double status_bytes(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stod(line.substr(name.size() + 1)) * 1024;
  }
  throw std::runtime_error("no such line in /proc/self/status");
}

void measure_large(std::int64_t bytes, const std::string& peer) {
  asio::io_context loop(1);
  mcp::StdioServer server{.command = peer, .arguments = {"large"}};
  mcp::Client client(loop.get_executor(), mcp::stdio_transport(loop.get_executor(), std::move(server), Log{}), {},
                     Log{});
  double before = 0;
  std::size_t got = 0;
  const auto play = [&]() -> Task<Result<void>> {
    CO_CHECK(co_await client.call_tool("text", {{"bytes", 1}}));
    before = status_bytes("VmRSS:");
    CO_TRY(const auto result, co_await client.call_tool("text", {{"bytes", bytes}}));
    got = std::get<mcp::TextContent>(result.content.at(0)).text.size();
    co_return Result<void>{};
  };
  const Stopwatch watch;
  value_or_throw(run(loop, client.run(play)));
  const double peak = status_bytes("VmHWM:") - before;
  fmt::print(R"({{"bytes":{},"peak_bytes":{:.0f},"seconds":{:.3f}}})"
             "\n",
             got, peak, watch.seconds());
}

}  // namespace
}  // namespace convoke::bench

int main(int argc, char** argv) {
  using namespace convoke::bench;
  const std::string_view kind = argc > 1 ? argv[1] : "";
  if (argc == 2 && kind == "echo") return echo_until_end();
  try {
    if (argc >= 4 && kind == "stdio") {
      return measure_stdio("/proc/self/exe", std::atoi(argv[2]), {argv + 3, argv + argc}), 0;
    }
    if (argc == 4 && kind == "http") return measure_http(std::atoi(argv[2]), argv[3]), 0;
    if (argc == 4 && kind == "large") return measure_large(std::atoll(argv[2]), argv[3]), 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "mcp_bench: %s\n", problem.what());
    return 1;
  }
  std::fputs("usage: mcp_bench stdio CALLS SERVER... | http CALLS URL | large BYTES PEER\n", stderr);
  return 2;
}
