// HTTP clients that say anything at all: every request has an answer, whose stream ends when nobody wants it any more.
// The input is requests with lines "----" between: method and query, header lines, an empty line, a body. The header
// value "$" stands for the session that was begun last.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/run.hpp"
#include "mcp/server/http_endpoint.hpp"

namespace {

using namespace convoke;
using namespace convoke::mcp;

std::string_view cut(std::string_view& text, std::string_view end) {
  const auto piece = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), piece.size() + end.size()));
  return piece;
}

net::ServerRequest request_from(std::string_view text, const std::string& session) {
  net::ServerRequest request{.path = "/mcp", .peer = "127.0.0.1:1"};
  std::string_view head = cut(text, "\n\n");
  std::string_view first = cut(head, "\n");
  request.method = cut(first, " ");
  request.query = first;
  while (!head.empty()) {
    std::string_view line = cut(head, "\n");
    std::string name(cut(line, ": "));
    request.headers.emplace_back(std::move(name), line == "$" ? session : std::string(line));
  }
  request.body = text;
  return request;
}

class Listener final : public net::BodyWriter {
 public:
  Task<Result<void>> write(std::string) override {
    co_await yield_to_loop();
    if (++writes_ > 20) co_return fail(Errc::unavailable, "enough");
    co_return Result<void>{};
  }
  void break_off() override {}

 private:
  int writes_ = 0;
};

Task<> pass_turns(int turns) {
  while (turns-- > 0) co_await yield_to_loop();
}

Task<Result<CallToolResult>> ask(RequestContext& context, json::object) {
  CO_CHECK(co_await context.elicit("q", ElicitRequest{.message = "?"}));
  co_await context.progress(1);
  co_return text_result("");
}

Task<> say(HttpEndpoint& endpoint, std::string_view text) {
  using namespace asio::experimental::awaitable_operators;
  std::string session = "none";
  for (int requests = 0; !text.empty() && requests < 16; ++requests) {
    auto request = request_from(cut(text, "\n----\n"), session);
    auto answered = co_await (endpoint.handle(std::move(request)) || pass_turns(200));
    if (answered.index() == 1) continue;
    auto response = std::get<0>(std::move(answered));
    if (response.status < 200 || response.status > 599) std::abort();
    for (const auto& [name, value] : response.headers) {
      if (name == "Mcp-Session-Id") session = value;
      if (value.find_first_of("\r\n") != value.npos) std::abort();
    }
    Listener listener;
    if (response.stream) co_await (response.stream(listener) || pass_turns(50));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  asio::io_context loop(1);
  Server server({"fuzzed", "1"});
  Tool tool{.name = "t"};
  tool.input_schema =
      json::parse(R"({"type":"object","properties":{"a":{"type":"number","x-mcp-header":"A"}}})").as_object();
  server.add_tool(std::move(tool), [](const json::object&) { return text_result("ok"); });
  server.add_tool(Tool{.name = "ask", .task_support = TaskSupport::optional}, ask);
  HttpEndpoint endpoint(loop.get_executor(), server, {}, Log{});
  run(loop, endpoint.run(say(endpoint, text)));
  return 0;
}
