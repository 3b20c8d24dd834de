// convoke-fakellm: a fake model server. See docs/fakellm.md.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "base/run.hpp"
#include "llm/fakellm/fake_llm.hpp"

namespace convoke {
namespace {

constexpr int wrong_usage = 2;

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string script_file{};
  double first_delay_ms = 0;
  double chunk_delay_ms = 0;
  std::size_t chunk_bytes = 0;

  fakellm::Pace pace() const {
    const auto micros = [](double ms) { return std::chrono::microseconds(static_cast<std::int64_t>(ms * 1000)); };
    return {micros(first_delay_ms), micros(chunk_delay_ms), chunk_bytes};
  }
};

void add_to(CLI::App& app, Options& options) {
  app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on; 0 chooses a free one")->capture_default_str();
  app.add_option("--script", options.script_file, "JSON file with the answers to give");
  app.add_option("--first-delay-ms", options.first_delay_ms, "Wait before an answer begins")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--chunk-delay-ms", options.chunk_delay_ms, "Wait before each chunk")->check(CLI::NonNegativeNumber);
  app.add_option("--chunk-bytes", options.chunk_bytes, "Text in one chunk; 0: one word");
}

Result<fakellm::Script> load_script(const Options& options) {
  if (options.script_file.empty()) return fakellm::Script{};
  std::ifstream file(options.script_file, std::ios::binary);
  if (!file) return fail(Errc::not_found, "cannot read " + options.script_file);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return during(options.script_file, fakellm::read_script(text, options.pace()));
}

Task<> until_signal() {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
}

Task<> serve(net::HttpServer& server) {
  using namespace asio::experimental::awaitable_operators;
  co_await (server.run() || until_signal());
}

/// Sockets of ours may share a port; two servers must not.
Result<std::uint16_t> listen_alone(net::HttpServer& server, const Options& options) {
  CHECK_OK(net::ensure_port_is_free(options.host, options.port));
  return server.listen(options.host, options.port);
}

int serve_script(const Options& options, fakellm::Script script) {
  asio::io_context loop(1);
  fakellm::FakeLlm model(std::move(script), options.pace());
  net::ServerLimits limits;
  limits.max_body_bytes = 64 * 1024 * 1024;
  net::ServerHandlers handlers;
  handlers.on_request = [&model](net::ServerRequest request) { return model.answer(std::move(request)); };
  net::HttpServer server(loop.get_executor(), limits, std::move(handlers), Log{});
  const auto port = listen_alone(server, options);
  if (!port) {
    std::cerr << "convoke-fakellm: " << port.error().message << '\n';
    return 1;
  }
  std::cout << R"({"port":)" << *port << R"(,"base_url":"http://)" << options.host << ':' << *port << R"(/v1"})"
            << std::endl;
  run(loop, serve(server));
  return 0;
}

int main_with(int argc, char** argv) {
  CLI::App app("A fake model server that speaks OpenAI's and Anthropic's wires: scripted answers, speeds and faults.");
  Options options;
  add_to(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_usage;
  }
  auto script = load_script(options);
  if (!script) {
    std::cerr << "convoke-fakellm: " << script.error().message << '\n';
    return wrong_usage;
  }
  return serve_script(options, std::move(*script));
}

}  // namespace
}  // namespace convoke

int main(int argc, char** argv) { return convoke::main_with(argc, argv); }
