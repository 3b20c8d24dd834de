#include "net/testing/scripted_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

namespace convoke::net {
namespace {

using asio::ip::tcp;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

template <class Stream>
class StreamPeer final : public ScriptedPeer {
 public:
  explicit StreamPeer(Stream& stream) : stream_(stream) {}

  Task<std::string> read() override {
    std::string bytes(16 * 1024, '\0');
    const auto [error, size] = co_await stream_.async_read_some(asio::buffer(bytes), as_values);
    bytes.resize(error ? 0 : size);
    co_return bytes;
  }

  Task<bool> write(std::string bytes) override {
    const auto [error, size] = co_await asio::async_write(stream_, asio::buffer(bytes), as_values);
    co_return !error;
  }

 private:
  Stream& stream_;
};

std::size_t content_length(std::string_view head) {
  std::size_t length = 0;
  const std::size_t at = head.find("Content-Length: ");
  if (at != head.npos) std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
  return length;
}

}  // namespace

Task<std::string> ScriptedPeer::read_request() {
  for (;;) {
    const std::size_t head_end = unread_.find("\r\n\r\n");
    if (head_end != unread_.npos) {
      const std::size_t size = head_end + 4 + content_length(std::string_view(unread_).substr(0, head_end + 2));
      if (unread_.size() >= size) {
        std::string request = unread_.substr(0, size);
        unread_.erase(0, size);
        co_return request;
      }
    }
    const std::string bytes = co_await read();
    if (bytes.empty()) co_return "";
    unread_ += bytes;
  }
}

Task<> ScriptedPeer::wait_until_left() {
  for (;;) {
    const std::string bytes = co_await read();
    if (bytes.empty()) co_return;
  }
}

struct ScriptedServer::State {
  State(Executor executor, Script what)
      : script(std::move(what)),
        acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        scope(executor, Log{}) {}

  Task<> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
      ++seen;
      scope.spawn("scripted connection", serve(std::move(socket)));
    }
  }

  Task<> serve(tcp::socket socket) {
    struct Open {
      int& count;
      explicit Open(int& n) : count(n) { ++count; }
      ~Open() { --count; }
    } const is_open(open);
    if (!tls) {
      StreamPeer peer(socket);
      co_return co_await script(peer);
    }
    asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, as_values);
    if (error) co_return;
    StreamPeer peer(stream);
    co_await script(peer);
  }

  Script script;
  tcp::acceptor acceptor;
  TaskScope scope;
  std::optional<asio::ssl::context> tls;
  int seen = 0;
  int open = 0;
};

ScriptedServer::ScriptedServer(Executor executor, Script script)
    : state_(std::make_unique<State>(executor, std::move(script))) {}

ScriptedServer::ScriptedServer(Executor executor, Script script, const Certificate& certificate)
    : ScriptedServer(executor, std::move(script)) {
  state_->tls.emplace(asio::ssl::context::tls_server);
  state_->tls->use_certificate_chain(asio::buffer(certificate.certificate_pem));
  state_->tls->use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
}

ScriptedServer::~ScriptedServer() = default;

std::uint16_t ScriptedServer::port() const { return state_->acceptor.local_endpoint().port(); }

std::string ScriptedServer::url(std::string_view path) const {
  return (state_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) + std::string(path);
}

int ScriptedServer::connections_seen() const { return state_->seen; }
int ScriptedServer::connections_open() const { return state_->open; }

Task<> ScriptedServer::during(Task<> work) {
  state_->scope.spawn("accept", state_->accept());
  co_await state_->scope.run(std::move(work));
}

std::string http_answer(std::string_view body, std::string_view status, std::string_view more_headers) {
  std::string answer = "HTTP/1.1 ";
  answer.append(status).append("\r\n").append(more_headers);
  answer.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return answer;
}

}  // namespace convoke::net
