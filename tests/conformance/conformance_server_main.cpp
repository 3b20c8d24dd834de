// The server that the official conformance suite examines: conformance_server --port N, both eras at /mcp.
#include <charconv>
#include <cstdio>
#include <string_view>

#include "base/run.hpp"
#include "fixture_tools.hpp"
#include "mcp/server/http_endpoint.hpp"

namespace convoke::mcp {
namespace {

Task<> serve(HttpEndpoint& endpoint, net::HttpServer& http) { co_await endpoint.run(http.run()); }

int serve_on(std::uint16_t port) {
  asio::io_context loop(1);
  Server server({"convoke-conformance-server", CONVOKE_VERSION}, {.cache_for = 1s});
  fixture::add_content_tools(server);
  fixture::add_talking_tools(server);
  fixture::add_input_tools(server);
  fixture::add_task_tools(server);
  fixture::add_prompts(server);
  fixture::add_resources(server);

  HttpEndpoint endpoint(loop.get_executor(), server, {}, Log{});
  net::ServerHandlers handlers;
  handlers.on_request = [&](net::ServerRequest request) -> Task<net::ServerResponse> {
    if (request.path == "/mcp") co_return co_await endpoint.handle(std::move(request));
    co_return net::text_response(404, "the server is at /mcp\n");
  };
  net::HttpServer http(loop.get_executor(), {}, std::move(handlers), Log{});
  const auto bound = http.listen("127.0.0.1", port);
  if (!bound) {
    std::fprintf(stderr, "conformance_server: %s\n", bound.error().message.c_str());
    return 1;
  }
  std::fprintf(stderr, "conformance_server: http://127.0.0.1:%d/mcp\n", *bound);
  run(loop, serve(endpoint, http));
  return 0;
}

}  // namespace
}  // namespace convoke::mcp

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  const std::string_view option = argc == 3 ? argv[1] : "";
  const std::string_view number = argc == 3 ? argv[2] : "";
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), port);
  if (option != "--port" || error != std::errc{} || end != number.data() + number.size()) {
    std::fprintf(stderr, "usage: conformance_server --port N\n");
    return 2;
  }
  return convoke::mcp::serve_on(port);
}
