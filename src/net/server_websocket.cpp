#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>

#include "base/cancellation.hpp"
#include "net/server_connection.hpp"
#include "net/websocket_error.hpp"

namespace convoke::net {
namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// How long a peer may take to answer our close frame.
constexpr auto close_time = 2s;

class ServerWebSocket final : public WebSocket, Overseer::Charge {
 public:
  ServerWebSocket(tcp::socket& socket, ServerContext& context, std::string peer)
      : Charge(context.overseer), stream_(socket), limits_(context.limits), peer_(std::move(peer)) {
    stream_.read_message_max(limits_.max_message_bytes);
    stream_.auto_fragment(false);
    stream_.text(true);
    stream_.control_callback([this](websocket::frame_type, std::string_view) { heard(); });
  }

  /// Completes the upgrade; false if the request was no good after all.
  Task<bool> accept(const Headers& headers);

  Task<Result<std::string>> read() override;
  Task<Result<void>> write(std::string text) override;
  Task<> close(CloseReason reason) override;
  void drop() override {
    boost::system::error_code already_closed;
    stream_.next_layer().close(already_closed);
  }
  bool is_open() const { return stream_.is_open(); }

 private:
  void check(Deadline now) override;
  void heard() {
    heard_at_ = SteadyClock::now();
    awaits_pong_ = false;
  }
  /// Beast's own timer: it runs only during the upgrade and the close.
  void limit_handshake(std::chrono::milliseconds time) {
    stream_.set_option(websocket::stream_base::timeout{time, websocket::stream_base::none(), false});
  }
  websocket::stream<tcp::socket&, false> stream_;
  const ServerLimits& limits_;
  std::string peer_;
  Deadline write_due_ = Deadline::max();
  Deadline heard_at_ = SteadyClock::now();
  bool is_reading_ = false;
  bool awaits_pong_ = false;
};

void ServerWebSocket::check(Deadline now) {
  if (now >= write_due_) return drop();
  // While nobody reads, pongs are not seen either.
  if (!is_reading_ || limits_.ping_interval.count() == 0) return;
  if (awaits_pong_ && now >= heard_at_ + limits_.ping_interval + limits_.ping_timeout) return drop();
  if (awaits_pong_ || now < heard_at_ + limits_.ping_interval) return;
  awaits_pong_ = true;
  stream_.async_ping({}, [](boost::system::error_code) {});  // a failure shows in the read that is waiting
}

Task<bool> ServerWebSocket::accept(const Headers& headers) {
  http::request<http::empty_body> request(http::verb::get, "/", 11);
  for (const auto& [name, value] : headers) request.insert(name, value);
  limit_handshake(limits_.header_timeout);
  const auto [error] = co_await stream_.async_accept(request, as_values);
  if (error) co_await unwind_if_cancelled();
  limit_handshake(std::min<std::chrono::milliseconds>(limits_.header_timeout, close_time));
  co_return !error;
}

Task<Result<std::string>> ServerWebSocket::read() {
  std::string text;
  auto buffer = asio::dynamic_buffer(text);
  heard();
  is_reading_ = true;
  // Beast makes room for what it is about to read. A message begins in the string itself, so that a client that says
  // nothing, which is what most do most of the time, costs no buffer.
  auto [error, size] = co_await stream_.async_read_some(buffer, text.capacity(), as_values);
  if (!error && !stream_.is_message_done()) std::tie(error, size) = co_await stream_.async_read(buffer, as_values);
  is_reading_ = false;
  if (error) {
    co_await unwind_if_cancelled();
    co_return fail(explain_websocket_error(peer_, error));
  }
  heard();
  if (stream_.got_text()) co_return text;
  co_await close({1003, "only text messages are understood"});
  co_return fail(Errc::protocol, peer_ + ": sent a binary message");
}

Task<Result<void>> ServerWebSocket::write(std::string text) {
  write_due_ = SteadyClock::now() + limits_.write_timeout;
  const auto [error, size] = co_await stream_.async_write(asio::buffer(text), as_values);
  const bool is_late = SteadyClock::now() >= write_due_;
  write_due_ = Deadline::max();
  if (!error) co_return Result<void>{};
  co_await unwind_if_cancelled();
  if (is_late) co_return fail(Errc::unavailable, peer_ + ": the peer does not read what it is sent");
  co_return fail(explain_websocket_error(peer_, error));
}

Task<> ServerWebSocket::close(CloseReason reason) {
  websocket::close_reason frame(reason.code);
  reason.text.resize(std::min<std::size_t>(reason.text.size(), 123));  // what fits a control frame
  frame.reason = reason.text;
  co_await stream_.async_close(frame, as_values);
  co_await unwind_if_cancelled();
}

}  // namespace

Task<> serve_websocket(tcp::socket& socket, ServerContext& context, ServerRequest&& request) {
  ServerWebSocket websocket(socket, context, request.peer);
  const bool is_accepted = co_await websocket.accept(request.headers);
  if (!is_accepted) co_return;
  try {
    co_await context.handlers.on_websocket(websocket, std::move(request));
  } catch (...) {
    if (is_cancellation(std::current_exception())) throw;
    context.log.bug("http.websocket", std::current_exception());
  }
  if (websocket.is_open()) co_await websocket.close({});
}

}  // namespace convoke::net
