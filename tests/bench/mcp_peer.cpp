// The servers that the MCP benchmarks call.
//
//     mcp_peer sum      stdio, a tool `sum`; it does the least a server can, so that what is measured is the client
//     mcp_peer http     Streamable HTTP, a tool `sum`; prints {"port": …}
//     mcp_peer large    stdio, a tool `text` whose answer has as many bytes as asked for, in lines
#include <fmt/format.h>
#include <unistd.h>

#include <array>
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

/// The digits after `member` in a text that has no spaces between its tokens.
std::string_view number_after(std::string_view text, std::string_view member) {
  const auto at = text.rfind(member);
  if (at == std::string_view::npos) return {};
  const auto number = text.substr(at + member.size());
  return number.substr(0, number.find_first_not_of("0123456789"));
}

/// One that knows the handshake of 2025-11-25 and one tool, and looks at a line only as far as it must.
std::string least_answer(std::string_view line) {
  const auto id = number_after(line, R"("id":)");
  if (id.empty()) return {};
  if (line.contains(R"("tools/call")")) {
    const long long sum =
        std::atoll(number_after(line, R"("a":)").data()) + std::atoll(number_after(line, R"("b":)").data());
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":"{}"}}],)"
                       R"("structuredContent":{{"result":{}}}}}}})"
                       "\n",
                       id, sum, sum);
  }
  if (!line.contains(R"("initialize")")) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32601,"message":"unknown"}}}})"
                       "\n",
                       id);
  }
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"protocolVersion":"2025-11-25",)"
                     R"("capabilities":{{"tools":{{}}}},"serverInfo":{{"name":"bench","version":"1"}}}}}})"
                     "\n",
                     id);
}

int serve_sum() {
  std::array<char, 64 * 1024> bytes;
  std::string unread, answers;
  for (ssize_t size = 0; (size = ::read(STDIN_FILENO, bytes.data(), bytes.size())) > 0;) {
    unread.append(bytes.data(), static_cast<std::size_t>(size));
    std::size_t start = 0;
    for (auto end = unread.find('\n'); end != std::string::npos; end = unread.find('\n', start)) {
      answers += least_answer(std::string_view(unread).substr(start, end - start));
      start = end + 1;
    }
    unread.erase(0, start);
    for (std::string_view left = answers; !left.empty();) {
      const ssize_t written = ::write(STDOUT_FILENO, left.data(), left.size());
      if (written <= 0) return 1;
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    answers.clear();
  }
  return 0;
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
  if (kind == "sum") return serve_sum();
  if (kind == "http") return serve_http();
  if (kind == "large") return serve_large();
  std::fputs("usage: mcp_peer sum|http|large\n", stderr);
  return 2;
}
