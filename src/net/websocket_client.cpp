#include "net/websocket_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "base/cancellation.hpp"
#include "net/url.hpp"
#include "net/websocket_error.hpp"

namespace convoke::net {
namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using Opened = Result<std::unique_ptr<WebSocket>>;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// `Stream` is a tcp::socket, or TLS on one.
template <class Stream>
class ClientWebSocket final : public WebSocket {
 public:
  ClientWebSocket(Stream stream, Url url, const WebSocketClientOptions& options)
      : stream_(std::move(stream)), url_(std::move(url)), write_timeout_(options.write_timeout) {
    stream_.read_message_max(options.max_message_bytes);
    stream_.auto_fragment(false);
    stream_.text(true);
    stream_.set_option(websocket::stream_base::timeout{options.connect_timeout, options.idle_timeout, true});
  }

  Task<Result<void>> upgrade(Headers headers) {
    stream_.set_option(websocket::stream_base::decorator([headers = std::move(headers)](websocket::request_type& r) {
      for (const auto& [name, value] : headers) r.set(name, value);
    }));
    websocket::response_type answer;
    const auto [error] = co_await stream_.async_handshake(answer, url_.authority(), url_.target(), as_values);
    if (!error) co_return Result<void>{};
    co_await unwind_if_cancelled();
    if (error != websocket::error::upgrade_declined) co_return fail(explain_websocket_error(peer(), error));
    const unsigned status = answer.result_int();
    const Errc code = status == 401 || status == 403 ? Errc::denied : Errc::unavailable;
    co_return fail(code, peer() + ": refused the WebSocket with status " + std::to_string(status));
  }

  Task<Result<std::string>> read() override {
    std::string text;
    auto buffer = asio::dynamic_buffer(text);
    const auto [error, size] = co_await stream_.async_read(buffer, as_values);
    if (error) {
      co_await unwind_if_cancelled();
      co_return fail(explain_websocket_error(peer(), error));
    }
    if (stream_.got_text()) co_return text;
    co_await close({1003, "only text messages are understood"});
    co_return fail(Errc::protocol, peer() + ": sent a binary message");
  }

  Task<Result<void>> write(std::string text) override {
    const Deadline deadline = SteadyClock::now() + write_timeout_;
    using namespace asio::experimental::awaitable_operators;
    const auto first = co_await (send(text) || sleep_until(deadline));
    if (const auto* sent = std::get_if<0>(&first)) co_return *sent;
    drop();  // half a message was sent: nothing can follow it
    co_return fail(Errc::unavailable, peer() + ": the server does not read what it is sent");
  }

  Task<> close(CloseReason reason) override {
    websocket::close_reason frame(reason.code);
    reason.text.resize(std::min<std::size_t>(reason.text.size(), 123));  // what fits a control frame
    frame.reason = reason.text;
    co_await stream_.async_close(frame, as_values);
    co_await unwind_if_cancelled();
  }

  void drop() override {
    boost::system::error_code already_closed;
    boost::beast::get_lowest_layer(stream_).close(already_closed);
  }

 private:
  Task<Result<void>> send(const std::string& text) {
    const auto [error, size] = co_await stream_.async_write(asio::buffer(text), as_values);
    if (!error) co_return Result<void>{};
    co_await unwind_if_cancelled();
    co_return fail(explain_websocket_error(peer(), error));
  }

  std::string peer() const { return url_.authority(); }

  websocket::stream<Stream, false> stream_;
  Url url_;
  std::chrono::milliseconds write_timeout_;
};

Task<Result<tcp::socket>> connect_tcp(Url url) {
  const Executor here = co_await asio::this_coro::executor;
  tcp::resolver resolver(here);
  const auto [unknown, addresses] = co_await resolver.async_resolve(url.host, std::to_string(url.port), as_values);
  if (unknown) {
    co_await unwind_if_cancelled();
    co_return fail(Errc::unavailable, url.authority() + ": its name could not be resolved");
  }
  tcp::socket socket(here);
  const auto [error, endpoint] = co_await asio::async_connect(socket, addresses, as_values);
  if (error) {
    co_await unwind_if_cancelled();
    co_return fail(Errc::unavailable, url.authority() + ": " + error.message());
  }
  boost::system::error_code peer_is_gone;
  socket.set_option(tcp::no_delay(true), peer_is_gone);
  co_return socket;
}

template <class Stream>
Task<Opened> upgrade(Stream stream, Url url, Headers headers, WebSocketClientOptions options) {
  auto opened = std::make_unique<ClientWebSocket<Stream>>(std::move(stream), std::move(url), options);
  CO_CHECK(co_await opened->upgrade(std::move(headers)));
  co_return std::unique_ptr<WebSocket>(std::move(opened));
}

Task<Opened> upgrade_over_tls(tcp::socket socket, Url url, Headers headers, WebSocketClientOptions options) {
  ssl::context context(ssl::context::tls_client);  // the stream keeps what it needs of it alive
  boost::system::error_code error;
  context.set_default_verify_paths(error);
  if (!options.ca_file.empty()) context.load_verify_file(options.ca_file, error);
  if (error) co_return fail(Errc::invalid_input, options.ca_file + ": " + error.message());
  ssl::stream<tcp::socket> stream(std::move(socket), context);
  stream.set_verify_mode(ssl::verify_peer);
  stream.set_verify_callback(ssl::host_name_verification(url.host));
  SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  const auto [failed] = co_await stream.async_handshake(ssl::stream_base::client, as_values);
  if (failed) {
    co_await unwind_if_cancelled();
    const bool is_untrusted = SSL_get_verify_result(stream.native_handle()) != X509_V_OK;
    co_return fail(is_untrusted ? Errc::denied : Errc::unavailable, url.authority() + ": " + failed.message());
  }
  co_return co_await upgrade(std::move(stream), std::move(url), std::move(headers), std::move(options));
}

Task<Opened> open(Url url, Headers headers, WebSocketClientOptions options) {
  CO_TRY(tcp::socket socket, co_await connect_tcp(url));
  if (url.is_secure()) {
    co_return co_await upgrade_over_tls(std::move(socket), std::move(url), std::move(headers), std::move(options));
  }
  co_return co_await upgrade(std::move(socket), std::move(url), std::move(headers), std::move(options));
}

}  // namespace

Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(std::string url, Headers headers,
                                                           WebSocketClientOptions options) {
  CO_TRY(Url where, parse_url(url));
  if (where.scheme != "ws" && where.scheme != "wss") {
    co_return fail(Errc::invalid_input, where.authority() + ": a WebSocket needs a ws or wss URL");
  }
  const Deadline deadline = SteadyClock::now() + options.connect_timeout;
  std::string what = where.authority() + ": connecting";
  co_return co_await with_deadline<std::unique_ptr<WebSocket>>(
      deadline, std::move(what), open(std::move(where), std::move(headers), std::move(options)));
}

}  // namespace convoke::net
