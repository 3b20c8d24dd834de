#pragma once
#include <stdexcept>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "net/http_server.hpp"

namespace convoke::net {

/// Runs an HttpServer on a free port of 127.0.0.1 while `work` runs, and returns the work's value. For tests.
template <class T>
T serve_during(asio::io_context& loop, ServerLimits limits, ServerHandlers handlers,
               std::function<Task<T>(HttpServer& server, std::uint16_t port)> work) {
  HttpServer server(loop.get_executor(), limits, std::move(handlers), Log{});
  const auto port = server.listen("127.0.0.1", 0);
  if (!port) throw std::runtime_error(port.error().message);
  TaskScope scope(loop.get_executor(), Log{});
  scope.spawn("server", server.run());
  if constexpr (std::is_void_v<T>) {
    return run(loop, scope.run(work(server, *port)));
  } else {
    std::optional<T> value;
    auto keep = [&]() -> Task<> { value.emplace(co_await work(server, *port)); };
    run(loop, scope.run(keep()));
    return std::move(*value);
  }
}

}  // namespace convoke::net
