#include "net/http_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "base/cancellation.hpp"
#include "base/task_scope.hpp"
#include "net/response_head.hpp"
#include "net/server_connection.hpp"

namespace convoke::net {
namespace {

using asio::ip::tcp;
using SharedPort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// Connections over the limit that are told so at the same time; any more are closed without a word.
constexpr int max_refusals = 64;
constexpr auto refusal_time = 1s;
/// How long to wait when the system has no descriptors left.
constexpr auto accept_pause = 100ms;

Errc code_of(boost::system::error_code error) {
  if (error == asio::error::address_in_use) return Errc::conflict;
  if (error == asio::error::access_denied) return Errc::denied;
  return Errc::invalid_input;
}

Result<tcp::endpoint> endpoint_of(const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) return fail(Errc::invalid_input, "'" + host + "' is not an address to listen on");
  return tcp::endpoint(address, port);
}

/// Often enough for the shortest limit, not more often than is useful.
std::chrono::milliseconds check_interval(const ServerLimits& limits) {
  const auto shortest =
      std::min({limits.header_timeout, limits.body_timeout, limits.keep_alive_timeout, limits.write_timeout,
                limits.ping_interval.count() > 0 ? limits.ping_interval : limits.header_timeout, limits.ping_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(1000));
}

std::string name_of_peer(const tcp::socket& socket) {
  boost::system::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  const std::string address = peer.address().to_string();
  return (peer.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(peer.port());
}

/// Counts while it lives.
template <class Number>
class Counted {
 public:
  explicit Counted(Number& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  Number& count_;
};

}  // namespace

struct HttpServer::State {
  State(Executor executor, ServerLimits limits, ServerHandlers handlers, Log log)
      : context{.limits = limits, .handlers = std::move(handlers), .log = log},
        acceptor(executor),
        scope(executor, log) {}

  Task<> accept() {
    while (acceptor.is_open()) {
      auto [error, socket] = co_await acceptor.async_accept(as_values);
      if (!error) {
        admit(std::move(socket));
        continue;
      }
      co_await unwind_if_cancelled();
      if (!acceptor.is_open()) break;
      if (error == asio::error::connection_aborted) continue;
      context.log.warning("http.accept_failed", {{"reason", error.message()}});
      co_await sleep_for(accept_pause);
    }
    co_await scope.drained();
  }

  void admit(tcp::socket socket) {
    if (connections < context.limits.max_connections) return scope.spawn("http connection", serve(std::move(socket)));
    if (refusals < max_refusals) scope.spawn("http refusal", refuse(std::move(socket)));
  }

  Task<> serve(tcp::socket socket) {
    const Counted counted(connections);
    boost::system::error_code peer_is_gone;
    socket.set_option(tcp::no_delay(true), peer_is_gone);
    auto upgrade = co_await serve_http(socket, context, name_of_peer(socket));
    if (upgrade) co_await serve_websocket(socket, context, *std::move(upgrade));
  }

  Task<> refuse(tcp::socket socket) {
    using namespace asio::experimental::awaitable_operators;
    const Counted counted(refusals);
    co_await (say_full(socket) || sleep_for(refusal_time));
  }

  static Task<> say_full(tcp::socket& socket) {
    const ServerResponse full = text_response(503, "too many connections");
    const std::string answer = response_head(full, Manner{}, Framing::length) + full.body;
    auto [error, sent] = co_await asio::async_write(socket, asio::buffer(answer), as_values);
    socket.shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 1024> ignored{};
    while (!error) std::tie(error, sent) = co_await socket.async_read_some(asio::buffer(ignored), as_values);
  }

  Task<> accept_and_oversee() {
    using namespace asio::experimental::awaitable_operators;
    co_await (accept() || context.overseer.run(check_interval(context.limits)));
  }

  ServerContext context;
  tcp::acceptor acceptor;
  TaskScope scope;
  std::size_t connections = 0;
  int refusals = 0;
};

HttpServer::HttpServer(Executor executor, ServerLimits limits, ServerHandlers handlers, Log log)
    : state_(std::make_unique<State>(executor, limits, std::move(handlers), std::move(log))) {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::listen(const std::string& host, std::uint16_t port) {
  TRY(const tcp::endpoint endpoint, endpoint_of(host, port));
  boost::system::error_code error;
  tcp::acceptor& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.set_option(SharedPort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    stop_accepting();
    return fail(code_of(error), host + ':' + std::to_string(port) + ": " + error.message());
  }
  return acceptor.local_endpoint().port();
}

Result<void> ensure_port_is_free(const std::string& host, std::uint16_t port) {
  TRY(const tcp::endpoint endpoint, endpoint_of(host, port));
  asio::io_context context(1);
  tcp::acceptor probe(context);
  boost::system::error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (error) return fail(code_of(error), host + ':' + std::to_string(port) + ": " + error.message());
  return {};
}

Task<> HttpServer::run() { return state_->scope.run(state_->accept_and_oversee()); }

void HttpServer::stop_accepting() {
  boost::system::error_code already_closed;
  state_->acceptor.close(already_closed);
}

std::size_t HttpServer::connections() const { return state_->connections; }

}  // namespace convoke::net
