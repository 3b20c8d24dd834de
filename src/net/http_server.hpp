#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/task.hpp"
#include "net/http_client.hpp"
#include "net/websocket.hpp"

namespace convoke::net {

/// A request as it arrived, body complete.
struct ServerRequest {
  std::string method{};
  std::string path{};   ///< decoded, without the query
  std::string query{};  ///< raw, without the question mark
  Headers headers{};
  std::string body{};
  std::string peer{};  ///< "127.0.0.1:40312"
};

/// Sends the body of a streamed answer (chunked). `write` fails with `unavailable` once the peer has left.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual Task<Result<void>> write(std::string bytes) = 0;
  /// Once the stream has returned, the connection ends in the middle of the body: the client sees a failure, not an
  /// end. For an answer that turned out wrong after its head was sent.
  virtual void break_off() = 0;
};

struct ServerResponse {
  int status = 200;
  Headers headers{};
  std::string body{};
  /// Set for a streamed answer instead of `body`. Runs until it returns; it is cancelled when the peer leaves.
  std::function<Task<>(BodyWriter&)> stream{};
};

ServerResponse text_response(int status, std::string text);
ServerResponse json_response(int status, std::string json_text);

struct ServerLimits {
  std::size_t max_connections = 10'000;  ///< of this listener; one more gets 503 and is closed
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 4 * 1024 * 1024;
  std::size_t max_message_bytes = 1024 * 1024;  ///< of a WebSocket message
  std::chrono::milliseconds header_timeout{
      10'000};  ///< from the first byte to the end of the headers, and for the handshake
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds keep_alive_timeout{60'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds ping_interval{20'000};  ///< of WebSockets; zero: none
  std::chrono::milliseconds ping_timeout{20'000};   ///< a peer silent for longer after a ping is gone
};

/// What the server does with a request. Both run on the connection's loop.
struct ServerHandlers {
  std::function<Task<ServerResponse>(ServerRequest)> on_request;
  /// Decides about an upgrade: a response refuses it, nothing accepts it.
  std::function<std::optional<ServerResponse>(const ServerRequest&)> refuse_upgrade;
  /// Serves one WebSocket; when it returns, the socket is gone.
  std::function<Task<>(WebSocket&, ServerRequest)> on_websocket;
};

/// Fails like HttpServer::listen when somebody listens there already, other processes of the same user included:
/// sharing a port (SO_REUSEPORT) would let both in, and the system would deal out the connections between them.
Result<void> ensure_port_is_free(const std::string& host, std::uint16_t port);

/// One listening socket of one loop. Several loops may listen on the same port (SO_REUSEPORT). Used from its loop only.
class HttpServer {
 public:
  HttpServer(Executor executor, ServerLimits limits, ServerHandlers handlers, Log log);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Opens the port; 0 chooses a free one. Returns the port. `invalid_input` for a bad address, `conflict` when it is
  /// taken, `denied` when we may not.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);

  /// Accepts and serves until cancelled; every connection has ended when it returns.
  Task<> run();

  /// Closes the listening socket; connections that are open go on.
  void stop_accepting();

  std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convoke::net
