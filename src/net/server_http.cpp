#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "base/cancellation.hpp"
#include "net/request_target.hpp"
#include "net/response_head.hpp"
#include "net/server_connection.hpp"

namespace convoke::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// Beast reads as much as its buffer has room for, and at first that is 512 bytes a time.
constexpr std::size_t read_buffer_bytes = 8 * 1024;

/// How long a client may take to read an answer before a connection that we end is torn down.
constexpr auto linger_time = 1s;
/// How often a silent streamed answer looks whether a client that already sent its next request is still there.
constexpr auto peer_check_interval = 1s;

struct Incoming {
  ServerRequest request;
  Manner manner;
  bool wants_websocket = false;
};

/// Why a connection ends instead of giving a request: with an answer of this status, or without a word.
struct Refusal {
  int status = 0;
  std::string reason{};
};

class HttpConnection final : Overseer::Charge, BodyWriter {
 public:
  HttpConnection(tcp::socket& socket, ServerContext& context, std::string peer)
      : Charge(context.overseer), socket_(socket), context_(context), peer_(std::move(peer)) {}

  Task<std::optional<ServerRequest>> serve();

 private:
  using Parser = http::request_parser<http::string_body>;

  Task<bool> first_bytes();
  Task<std::expected<Incoming, Refusal>> read_request();
  Task<boost::system::error_code> read_header(Parser& parser);
  Task<boost::system::error_code> read_body(Parser& parser);
  std::expected<Incoming, Refusal> accept(Parser& parser) const;
  Refusal refusal(boost::system::error_code error) const;
  Task<ServerResponse> handle(ServerRequest request);

  Task<bool> answer(ServerResponse response, Manner manner);
  Task<bool> answer_streamed(ServerResponse response, Manner manner);
  Task<bool> run_stream(std::function<Task<>(BodyWriter&)> stream);
  Task<> peer_left();
  Task<> linger();
  Task<bool> send(std::string head, std::string body);
  Task<Result<void>> write(std::string bytes) override;
  void break_off() override { is_broken_off_ = true; }
  void check(Deadline now) override;

  tcp::socket& socket_;
  ServerContext& context_;
  std::string peer_;
  beast::flat_buffer buffer_;  ///< received, not parsed yet
  Deadline read_due_ = Deadline::max();
  Deadline write_due_ = Deadline::max();
  bool is_overdue_ = false;
  bool is_chunked_ = false;
  bool is_broken_off_ = false;
};

void HttpConnection::check(Deadline now) {
  if (now < read_due_ && now < write_due_) return;
  is_overdue_ = true;
  socket_.cancel();
}

Task<std::optional<ServerRequest>> HttpConnection::serve() {
  for (;;) {
    const bool has_begun = co_await first_bytes();
    if (!has_begun) co_return std::nullopt;
    auto incoming = co_await read_request();
    if (!incoming) {
      const auto [status, reason] = incoming.error();
      if (status == 0) co_return std::nullopt;
      co_await answer(text_response(status, reason), Manner{});
      co_await linger();
      co_return std::nullopt;
    }
    std::optional<ServerResponse> response;
    if (incoming->wants_websocket) {
      if (context_.handlers.refuse_upgrade) response = context_.handlers.refuse_upgrade(incoming->request);
      if (!response) co_return std::move(incoming->request);
      incoming->manner.keep_alive = false;
    } else {
      response = co_await handle(std::move(incoming->request));
    }
    const bool may_continue = co_await answer(std::move(*response), incoming->manner);
    if (!may_continue) break;
  }
  co_await linger();
  co_return std::nullopt;
}

/// Waits for the next request without holding a buffer for it. False if the client left or said nothing for too long.
Task<bool> HttpConnection::first_bytes() {
  if (buffer_.size() > 0) co_return true;  // the client did not wait for our last answer
  buffer_.shrink_to_fit();
  read_due_ = SteadyClock::now() + context_.limits.keep_alive_timeout;
  const auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, as_values);
  read_due_ = Deadline::max();
  if (error) co_await unwind_if_cancelled();
  co_return !error;
}

Task<std::expected<Incoming, Refusal>> HttpConnection::read_request() {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(context_.limits.max_header_bytes));
  parser.body_limit(context_.limits.max_body_bytes);
  boost::system::error_code error = co_await read_header(parser);
  if (!error) error = co_await read_body(parser);
  if (error) co_return std::unexpected(refusal(error));
  co_return accept(parser);
}

Task<boost::system::error_code> HttpConnection::read_header(Parser& parser) {
  read_due_ = SteadyClock::now() + context_.limits.header_timeout;
  buffer_.reserve(read_buffer_bytes);
  const auto [error, size] = co_await http::async_read_header(socket_, buffer_, parser, as_values);
  read_due_ = Deadline::max();
  if (error) co_await unwind_if_cancelled();
  co_return error;
}

Task<boost::system::error_code> HttpConnection::read_body(Parser& parser) {
  if (parser.is_done()) co_return boost::system::error_code{};
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    const bool is_sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n", "");
    if (!is_sent) co_return http::error::end_of_stream;
  }
  read_due_ = SteadyClock::now() + context_.limits.body_timeout;
  const auto [error, size] = co_await http::async_read(socket_, buffer_, parser, as_values);
  read_due_ = Deadline::max();
  if (error) co_await unwind_if_cancelled();
  co_return error;
}

Refusal HttpConnection::refusal(boost::system::error_code error) const {
  if (is_overdue_) return {408, "the request did not arrive in time"};
  if (error == http::error::header_limit) return {431, "the request's headers are too large"};
  if (error == http::error::body_limit) return {413, "the request's body is too large"};
  if (error == http::error::end_of_stream || error == http::error::partial_message) return {};
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    return {400, "not an HTTP request: " + error.message()};
  }
  return {};  // the connection failed: there is nobody to answer
}

std::expected<Incoming, Refusal> HttpConnection::accept(Parser& parser) const {
  auto message = parser.release();
  auto target = parse_request_target(message.target());
  if (!target) return std::unexpected(Refusal{400, target.error().message});
  if (message.version() >= 11 && message.count(http::field::host) != 1) {
    return std::unexpected(Refusal{400, "a request names exactly one host"});
  }
  Incoming incoming;
  const bool is_upgrade = beast::websocket::is_upgrade(message);
  incoming.wants_websocket = is_upgrade && context_.handlers.on_websocket && buffer_.size() == 0;
  incoming.manner = {message.version(), message.keep_alive(), message.method() == http::verb::head};
  ServerRequest& request = incoming.request;
  request.method = message.method_string();
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  request.peer = peer_;
  return incoming;
}

Task<ServerResponse> HttpConnection::handle(ServerRequest request) {
  try {
    co_return co_await context_.handlers.on_request(std::move(request));
  } catch (...) {
    if (is_cancellation(std::current_exception())) throw;
    context_.log.bug("http.request", std::current_exception());
  }
  co_return text_response(500, "internal error");
}

/// False if the connection must end after it.
Task<bool> HttpConnection::answer(ServerResponse response, Manner manner) {
  if (response.stream) co_return co_await answer_streamed(std::move(response), manner);
  const bool may_have_body = response.status >= 200 && response.status != 204 && response.status != 304;
  std::string head = response_head(response, manner, may_have_body ? Framing::length : Framing::none);
  if (manner.is_head || !may_have_body) response.body.clear();
  const bool is_sent = co_await send(std::move(head), std::move(response.body));
  co_return is_sent&& manner.keep_alive;
}

Task<bool> HttpConnection::answer_streamed(ServerResponse response, Manner manner) {
  is_chunked_ = manner.version >= 11;
  if (!is_chunked_) manner.keep_alive = false;  // HTTP/1.0 knows no chunks: the end of the connection ends the body
  std::string head = response_head(response, manner, is_chunked_ ? Framing::chunks : Framing::until_close);
  bool is_whole = co_await send(std::move(head), "");
  if (is_whole && !manner.is_head) is_whole = co_await run_stream(std::move(response.stream));
  co_return is_whole&& manner.keep_alive;
}

/// True if the whole body was sent.
Task<bool> HttpConnection::run_stream(std::function<Task<>(BodyWriter&)> stream) {
  using namespace asio::experimental::awaitable_operators;
  bool has_ended = false;
  // However the stream stops short, the race below must end as a value: `||` would wait for the other branch if this
  // one threw.
  auto guarded = [&]() -> Task<> {
    try {
      co_await stream(*this);
      has_ended = true;
    } catch (...) {
      const std::exception_ptr error = std::current_exception();
      if (!is_cancellation(error)) context_.log.bug("http.stream", error);
    }
  };
  co_await (guarded() || peer_left());
  if (!has_ended || is_broken_off_) co_return false;
  if (!is_chunked_) co_return true;
  const bool is_sent = co_await send("0\r\n\r\n", "");
  co_return is_sent;
}

/// Returns once the client has closed its end, without taking bytes it may have sent.
Task<> HttpConnection::peer_left() {
  for (;;) {
    const auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, as_values);
    if (error) co_await unwind_if_cancelled();
    if (error) co_return;
    char byte = 0;
    const auto seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen == 0 || (seen < 0 && errno != EAGAIN)) co_return;
    co_await sleep_for(peer_check_interval);  // its next request is waiting, so the socket stays readable
  }
}

Task<Result<void>> HttpConnection::write(std::string bytes) {
  if (bytes.empty()) co_return Result<void>{};  // an empty chunk would end the body
  std::string head;
  if (is_chunked_) {
    head = fmt::format("{:x}\r\n", bytes.size());
    bytes += "\r\n";
  }
  const bool is_sent = co_await send(std::move(head), std::move(bytes));
  if (!is_sent) co_return fail(Errc::unavailable, peer_ + ": the client has left");
  co_return Result<void>{};
}

Task<bool> HttpConnection::send(std::string head, std::string body) {
  const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
  write_due_ = SteadyClock::now() + context_.limits.write_timeout;
  const auto [error, size] = co_await asio::async_write(socket_, parts, as_values);
  write_due_ = Deadline::max();
  if (error) co_await unwind_if_cancelled();
  co_return !error;
}

/// Ends our side and lets the client read the answer. Closing with its bytes unread would reset the connection, and the
/// reset may overtake the answer.
Task<> HttpConnection::linger() {
  boost::system::error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  read_due_ = SteadyClock::now() + linger_time;
  std::array<char, 1024> ignored{};
  while (!error) {
    const auto [failed, size] = co_await socket_.async_read_some(asio::buffer(ignored), as_values);
    error = failed;
  }
  co_await unwind_if_cancelled();
}

}  // namespace

Task<std::optional<ServerRequest>> serve_http(tcp::socket& socket, ServerContext& context, std::string peer) {
  HttpConnection connection(socket, context, std::move(peer));
  co_return co_await connection.serve();
}

}  // namespace convoke::net
