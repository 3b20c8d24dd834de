#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/task_scope.hpp"
#include "net/testing/certificate.hpp"

namespace convoke::net {

/// The server's end of one connection, moved by a test's script.
class ScriptedPeer {
 public:
  virtual ~ScriptedPeer() = default;

  /// The next bytes; empty once the client has left.
  virtual Task<std::string> read() = 0;
  /// False if the client has left.
  virtual Task<bool> write(std::string bytes) = 0;

  /// The next request, head and body (by Content-Length) in one piece; empty once the client has left.
  Task<std::string> read_request();
  /// Waits until the client has left; what it still sends is thrown away.
  Task<> wait_until_left();

 private:
  std::string unread_;
};

/// A TCP or TLS server for tests, on a free port of 127.0.0.1: it does to its clients exactly what a script says. When
/// the script returns, the connection is closed.
///
///     ScriptedServer server(loop.get_executor(), [](ScriptedPeer& peer) -> Task<> {
///       co_await peer.read_request();
///       co_await peer.write(http_answer("hello"));
///     });
///     const auto answer = run(loop, server.during(client.send({.url = server.url("/")})));
class ScriptedServer {
 public:
  using Script = std::function<Task<>(ScriptedPeer&)>;

  ScriptedServer(Executor executor, Script script);
  ScriptedServer(Executor executor, Script script, const Certificate& certificate);  ///< over TLS
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const;
  std::string url(std::string_view path) const;  ///< "http://127.0.0.1:4711/path", or https

  int connections_seen() const;  ///< since the start
  int connections_open() const;

  /// Serves while `work` runs, and returns its value.
  template <class T>
  Task<T> during(Task<T> work);
  Task<> during(Task<> work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A complete HTTP/1.1 answer with a Content-Length. `more_headers` are whole lines, each with its CRLF.
std::string http_answer(std::string_view body, std::string_view status = "200 OK", std::string_view more_headers = "");

template <class T>
Task<T> ScriptedServer::during(Task<T> work) {
  std::optional<T> value;
  co_await during([](Task<T> inner, std::optional<T>& out) -> Task<> { out.emplace(co_await std::move(inner)); }(
                                                               std::move(work), value));
  co_return std::move(*value);
}

}  // namespace convoke::net
