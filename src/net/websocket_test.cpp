#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <filesystem>
#include <fstream>

#include "base/random.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/scripted_server.hpp"
#include "net/testing/served.hpp"
#include "net/websocket_client.hpp"

namespace convoke::net {
namespace {

using testing::EndsWith;
using testing::StartsWith;

constexpr int text_opcode = 1;
constexpr int binary_opcode = 2;

/// A close frame as a server sends it, without a reason.
std::string close_frame(int code, std::string_view reason = "") {
  std::string frame = {'\x88', static_cast<char>(2 + reason.size()), static_cast<char>(code >> 8),
                       static_cast<char>(code & 0xFF)};
  return frame.append(reason);
}

/// Sends every message back, until the peer leaves.
Task<> echo(WebSocket& socket, ServerRequest) {
  for (;;) {
    auto text = co_await socket.read();
    if (!text) co_return;
    const auto written = co_await socket.write(std::move(*text));
    if (!written) co_return;
  }
}

class WebSocketTest : public testing::Test {
 protected:
  WebSocketTest() {
    handlers.on_request = [](ServerRequest) -> Task<ServerResponse> { co_return text_response(404, ""); };
    handlers.on_websocket = echo;
  }

  Executor executor() { return loop.get_executor(); }

  void serve(std::function<Task<>(HttpServer&, std::uint16_t)> work) {
    serve_during<void>(loop, limits, handlers, std::move(work));
  }

  /// Upgrades, sends `frames`, and returns what the server sends until it closes.
  std::string answer_to(std::string frames) {
    std::string answer;
    serve([&](HttpServer& server, std::uint16_t port) -> Task<> {
      RawClient client(executor());
      co_await client.connect(port);
      co_await client.upgrade("/");
      co_await client.send(frames);
      answer = co_await client.read_to_end();
      client.leave();
      while (server.connections() > 0) co_await yield_to_loop();
    });
    return answer;
  }

  Errc refusal(std::string path, WebSocketClientOptions options = {}) {
    Errc code = Errc::internal;
    serve([&](HttpServer&, std::uint16_t port) -> Task<> {
      const auto socket = co_await connect_websocket(url(port, path), {}, options);
      if (!socket) code = socket.error().code;
    });
    return code;
  }

  static std::string url(std::uint16_t port, std::string_view path = "/") {
    return "ws://127.0.0.1:" + std::to_string(port) + std::string(path);
  }

  asio::io_context loop{1};
  ServerLimits limits;
  ServerHandlers handlers;
};

TEST_F(WebSocketTest, CarriesMessagesBothWays) {
  ServerRequest seen;
  handlers.on_websocket = [&](WebSocket& socket, ServerRequest request) -> Task<> {
    seen = request;
    co_await echo(socket, std::move(request));
  };
  const std::string large(200'000, 'x');

  serve([&](HttpServer&, std::uint16_t port) -> Task<> {
    const auto socket = co_await connect_websocket(url(port, "/ws/chat?a=b"), {{"Authorization", "Bearer t"}}, {});
    if (!socket) throw std::runtime_error(socket.error().message);
    co_await (*socket)->write("hello");
    const auto hello = co_await (*socket)->read();
    EXPECT_EQ(hello, "hello");
    co_await (*socket)->write(large);
    const auto back = co_await (*socket)->read();
    EXPECT_EQ(back, large);
    co_await (*socket)->close({});
  });

  EXPECT_EQ(seen.path, "/ws/chat");
  EXPECT_EQ(seen.query, "a=b");
  EXPECT_EQ(find_header(seen.headers, "authorization"), "Bearer t");
}

TEST_F(WebSocketTest, IsRefusedWithTheAnswerOfTheServer) {
  handlers.refuse_upgrade = [](const ServerRequest& request) -> std::optional<ServerResponse> {
    if (request.path == "/denied") return text_response(403, "no");
    if (request.path == "/full") return text_response(503, "full");
    return std::nullopt;
  };

  EXPECT_EQ(refusal("/denied"), Errc::denied);
  EXPECT_EQ(refusal("/full"), Errc::unavailable);
  EXPECT_EQ(refusal("/"), Errc::internal);  // not refused
}

TEST_F(WebSocketTest, IsOnlyAnHttpRequestWhereNobodyServesIt) {
  handlers.on_websocket = {};

  EXPECT_EQ(refusal("/"), Errc::unavailable);
}

TEST_F(WebSocketTest, ClosesWhenAMessageIsTooLarge) {
  limits.max_message_bytes = 10;
  Result<std::string> read;
  handlers.on_websocket = [&](WebSocket& socket, ServerRequest) -> Task<> { read = co_await socket.read(); };

  EXPECT_THAT(answer_to(client_frame(text_opcode, "hello world")), StartsWith(close_frame(1009)));
  EXPECT_EQ(read.error().code, Errc::protocol);
}

TEST_F(WebSocketTest, ClosesOnABinaryMessage) {
  Result<std::string> read;
  handlers.on_websocket = [&](WebSocket& socket, ServerRequest) -> Task<> { read = co_await socket.read(); };
  limits.header_timeout = 40ms;

  EXPECT_EQ(answer_to(client_frame(binary_opcode, "\x01\x02")), close_frame(1003, "only text messages are understood"));
  EXPECT_EQ(read.error().code, Errc::protocol);
}

TEST_F(WebSocketTest, ClosesOnTextThatIsNotText) {
  EXPECT_THAT(answer_to(client_frame(text_opcode, "\xFF\xFE")), StartsWith(close_frame(1007)));
}

TEST_F(WebSocketTest, ClosesOnAFrameThatBreaksTheRules) {
  EXPECT_THAT(answer_to("\x81\x05hello"), StartsWith(close_frame(1002)));  // a client must mask
}

TEST_F(WebSocketTest, SaysGoodbyeWhenItsHandlerReturns) {
  handlers.on_websocket = [](WebSocket&, ServerRequest) -> Task<> { co_return; };
  limits.header_timeout = 40ms;

  EXPECT_EQ(answer_to(""), close_frame(1000));
}

TEST_F(WebSocketTest, DoesNotWaitLongForTheOtherGoodbye) {
  Deadline closed_at = Deadline::max();
  limits.header_timeout = 40ms;
  handlers.on_websocket = [&](WebSocket& socket, ServerRequest) -> Task<> {
    co_await socket.close({1001, "restarting"});
    closed_at = SteadyClock::now();
  };

  const std::string answer = answer_to("");

  EXPECT_EQ(answer, close_frame(1001, "restarting"));
  EXPECT_LT(closed_at, SteadyClock::now());
}

TEST_F(WebSocketTest, DropsAPeerThatDoesNotAnswerPings) {
  limits.ping_interval = 20ms;
  limits.ping_timeout = 20ms;
  Result<std::string> read;
  handlers.on_websocket = [&](WebSocket& socket, ServerRequest) -> Task<> { read = co_await socket.read(); };

  const std::string answer = answer_to("");

  EXPECT_EQ(answer, std::string("\x89\x00", 2));
  EXPECT_EQ(read.error().code, Errc::unavailable);
}

TEST_F(WebSocketTest, KeepsAPeerThatAnswersPings) {
  limits.ping_interval = 10ms;
  limits.ping_timeout = 10ms;

  serve([&](HttpServer&, std::uint16_t port) -> Task<> {
    const auto socket = co_await connect_websocket(url(port), {}, {});
    auto listen = [&]() -> Task<> { co_await (*socket)->read(); };
    using namespace asio::experimental::awaitable_operators;
    const auto first = co_await (listen() || sleep_for(200ms));
    EXPECT_EQ(first.index(), 1U) << "the server ended the connection";
  });
}

TEST_F(WebSocketTest, DropsAPeerThatDoesNotRead) {
  limits.write_timeout = 50ms;
  Result<void> written;
  handlers.on_websocket = [&](WebSocket& socket, ServerRequest) -> Task<> {
    while (written) written = co_await socket.write(std::string(1024 * 1024, 'x'));
  };

  serve([&](HttpServer& server, std::uint16_t port) -> Task<> {
    RawClient client(executor());
    co_await client.connect(port);
    co_await client.upgrade("/");
    while (server.connections() > 0) co_await sleep_for(5ms);
  });

  EXPECT_EQ(written.error().code, Errc::unavailable);
  EXPECT_THAT(written.error().message, EndsWith(": the peer does not read what it is sent"));
}

TEST_F(WebSocketTest, ReportsAPeerThatLeft) {
  Result<std::string> read;
  handlers.on_websocket = [&](WebSocket& socket, ServerRequest) -> Task<> { read = co_await socket.read(); };

  serve([&](HttpServer& server, std::uint16_t port) -> Task<> {
    RawClient client(executor());
    co_await client.connect(port);
    co_await client.upgrade("/");
    client.leave();
    while (server.connections() > 0) co_await yield_to_loop();
  });

  EXPECT_EQ(read.error().code, Errc::unavailable);
}

TEST_F(WebSocketTest, EndsWithItsServer) {
  bool has_unwound = false;
  handlers.on_websocket = [&](WebSocket& socket, ServerRequest) -> Task<> {
    struct OnExit {
      bool& flag;
      ~OnExit() { flag = true; }
    } const on_exit{has_unwound};
    co_await socket.read();
  };
  RawClient client(executor());

  serve([&](HttpServer&, std::uint16_t port) -> Task<> {
    co_await client.connect(port);
    co_await client.upgrade("/");
  });

  EXPECT_TRUE(has_unwound);
}

TEST_F(WebSocketTest, TellsTheClientThatNobodyListens) {
  const std::uint16_t free_port = ScriptedServer(executor(), {}).port();

  const auto refused = run(loop, connect_websocket(url(free_port), {}, {}));
  const auto wrong = run(loop, connect_websocket("http://127.0.0.1/", {}, {}));

  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_EQ(wrong.error().code, Errc::invalid_input);
}

TEST_F(WebSocketTest, DoesNotWaitForeverForTheUpgrade) {
  ScriptedServer server(executor(), [](ScriptedPeer& peer) -> Task<> { co_await peer.wait_until_left(); });

  const auto socket = run(loop, server.during(connect_websocket(url(server.port()), {}, {.connect_timeout = 30ms})));

  EXPECT_EQ(socket.error().code, Errc::timed_out);
}

/// Plays a WebSocket server that says "hello".
Task<> upgrade_and_say_hello(ScriptedPeer& peer) {
  const std::string request = co_await peer.read_request();
  const std::size_t key = request.find("Sec-WebSocket-Key: ") + 19;
  const std::string proof = request.substr(key, 24) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(proof.data()), proof.size(), digest.data());
  std::array<unsigned char, 32> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  std::string answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  answer += "Sec-WebSocket-Accept: ";
  answer.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size));
  co_await peer.write(answer + "\r\n\r\n\x81\x05hello");
  co_await peer.wait_until_left();
}

TEST_F(WebSocketTest, RunsOverTls) {
  const Certificate certificate = make_self_signed_certificate();
  const std::string authorities = std::filesystem::temp_directory_path() / random_id("convoke_");
  std::ofstream(authorities) << certificate.certificate_pem;
  ScriptedServer server(executor(), upgrade_and_say_hello, certificate);
  const std::string address = "wss://127.0.0.1:" + std::to_string(server.port());
  Result<std::string> greeting;
  auto connect_twice = [&]() -> Task<> {
    const auto untrusted = co_await connect_websocket(address, {}, {});
    EXPECT_EQ(untrusted.error().code, Errc::denied);
    const auto socket = co_await connect_websocket(address, {}, {.ca_file = authorities});
    if (socket) greeting = co_await (*socket)->read();
  };

  run(loop, server.during(connect_twice()));
  std::filesystem::remove(authorities);

  EXPECT_EQ(greeting, "hello");
}

}  // namespace
}  // namespace convoke::net
