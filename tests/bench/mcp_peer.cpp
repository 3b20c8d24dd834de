// The servers that the MCP benchmarks call.
//
//     mcp_peer http     Streamable HTTP, a tool `sum`; prints {"port": …}
//     mcp_peer large    stdio, a tool `text` whose answer has as many bytes as asked for, in lines
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>

#include "base/run.hpp"
#include "mcp/server/http_endpoint.hpp"
#include "mcp/server/pipe_server.hpp"
#include "mcp/transport/stdio_pipe.hpp"

namespace convoke::bench {
namespace {

void add_sum(mcp::Server& server) {
  mcp::Tool tool{.name = "sum", .description = "Adds two numbers."};
  tool.input_schema =
      json::parse(R"({"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
                                      "required": ["a", "b"]})")
          .as_object();
  server.add_tool(std::move(tool), [](const json::object& arguments) {
    return mcp::text_result(
        fmt::format("{}", arguments.at("a").to_number<double>() + arguments.at("b").to_number<double>()));
  });
}

std::string lines_of(std::size_t bytes) {
  std::string text;
  text.reserve(bytes);
  while (text.size() < bytes) text += "a line as it may stand in a file that a tool has read, \"quoted\" in part\n";
  text.resize(bytes);
  return text;
}

int serve_http() {
  asio::io_context loop(1);
  mcp::Server server({"bench", "1"});
  add_sum(server);
  mcp::HttpEndpoint endpoint(loop.get_executor(), server, {}, Log{});
  net::ServerHandlers handlers;
  handlers.on_request = [&](net::ServerRequest request) { return endpoint.handle(std::move(request)); };
  net::HttpServer http(loop.get_executor(), {}, std::move(handlers), Log{});
  const auto port = http.listen("127.0.0.1", 0);
  if (!port) return 1;
  fmt::print(R"({{"port":{}}})"
             "\n",
             *port);
  std::fflush(stdout);
  run(loop, endpoint.run(http.run()));
  return 0;
}

int serve_large() {
  asio::io_context loop(1);
  auto pipe = mcp::stdio_pipe(loop.get_executor());
  if (!pipe) return 1;
  mcp::Server server({"bench", "1"});
  server.add_tool(mcp::Tool{.name = "text"}, [](const json::object& arguments) {
    return mcp::text_result(lines_of(static_cast<std::size_t>(find_integer(arguments, "bytes").value_or(0))));
  });
  run(loop, mcp::serve_pipe(server, **pipe, Log{}));
  return 0;
}

}  // namespace
}  // namespace convoke::bench

int main(int argc, char** argv) {
  using namespace convoke::bench;
  const std::string_view kind = argc == 2 ? argv[1] : "";
  if (kind == "http") return serve_http();
  if (kind == "large") return serve_large();
  std::fputs("usage: mcp_peer http|large\n", stderr);
  return 2;
}
