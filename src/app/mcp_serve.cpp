#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>

#include "app/mcp_commands.hpp"
#include "base/run.hpp"
#include "gateway/mcp_gateway.hpp"
#include "hub/server_authorization.hpp"
#include "mcp/transport/stdio_pipe.hpp"
#include "net/http_client.hpp"

namespace convoke {

Result<void> serve_mcp(const Configuration& configuration, const Log& log) {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context loop(1);
  const Executor executor = loop.get_executor();
  TRY(const auto pipe, mcp::stdio_pipe(executor));
  const SystemClock clock;
  net::HttpClient http(executor, {.user_agent = "convoke/" CONVOKE_VERSION});
  auto store = credential_store(configuration.config.mcp, log);
  const auto transports = real_transports(executor, {http, store, clock}, log);
  Hub hub(configuration.servers, configuration.config.mcp.connection, executor, transports, clock, log);
  McpGateway gateway(executor, hub, {.approvals = configuration.config.mcp.approvals}, log);
  auto live = [&]() -> Task<> {
    asio::signal_set signals(executor, SIGTERM, SIGINT);
    co_await (gateway.serve(*pipe) || hub.run() || gateway.run() || signals.async_wait(asio::use_awaitable));
  };
  run(loop, live());
  return {};
}

}  // namespace convoke
