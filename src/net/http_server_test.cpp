#include "net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/response_head.hpp"
#include "net/testing/raw_client.hpp"
#include "net/testing/served.hpp"

namespace convoke::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    handlers.on_request = [](ServerRequest request) -> Task<ServerResponse> {
      co_return text_response(200, request.method + ' ' + request.path + ' ' + request.query + ' ' + request.body);
    };
  }

  Executor executor() { return loop.get_executor(); }

  /// Serves while `work` runs.
  void serve(std::function<Task<>(HttpServer&, std::uint16_t)> work) {
    serve_during<void>(loop, limits, handlers, std::move(work));
  }

  /// What the server sends on one connection in answer to `bytes`, until it closes.
  std::string answer_to(std::string bytes) {
    std::string answer;
    serve([&](HttpServer&, std::uint16_t port) -> Task<> {
      RawClient client(executor());
      co_await client.connect(port);
      co_await client.send(bytes);
      answer = co_await client.read_to_end();
    });
    return answer;
  }

  asio::io_context loop{1};
  ServerLimits limits;
  ServerHandlers handlers;
};

TEST(ResponseHead, HasStatusHeadersAndLength) {
  const ServerResponse response{.status = 201, .headers = {{"X-A", "1"}}, .body = "hello"};

  EXPECT_EQ(response_head(response, {.keep_alive = true}, Framing::length),
            "HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(response_head(response, {.version = 10, .keep_alive = true}, Framing::none),
            "HTTP/1.1 201 Created\r\nX-A: 1\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(response_head(response, {}, Framing::chunks),
            "HTTP/1.1 201 Created\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHead, LetsNoValueWriteTheRestOfTheAnswer) {
  const ServerResponse response{.headers = {{"Location", "/\r\nSet-Cookie: a=b"}}};

  EXPECT_THROW(response_head(response, {}, Framing::length), std::logic_error);
}

TEST_F(HttpServerTest, HandsTheRequestToItsHandler) {
  ServerRequest seen;
  handlers.on_request = [&](ServerRequest request) -> Task<ServerResponse> {
    seen = std::move(request);
    co_return json_response(201, "{}");
  };
  Result<HttpResponse> answer;
  serve([&](HttpServer&, std::uint16_t port) -> Task<> {
    HttpClient client(executor(), {});
    answer = co_await client.send({.method = "PUT",
                                   .url = "http://127.0.0.1:" + std::to_string(port) + "/a%20b?c=%20",
                                   .headers = {{"X-One", "1"}},
                                   .body = "hello"});
  });

  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.path, "/a b");
  EXPECT_EQ(seen.query, "c=%20");
  EXPECT_EQ(find_header(seen.headers, "x-one"), "1");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_THAT(seen.peer, MatchesRegex("127.0.0.1:[0-9]+"));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->head.status, 201);
  EXPECT_EQ(find_header(answer->head.headers, "content-type"), "application/json");
  EXPECT_EQ(answer->body, "{}");
}

TEST_F(HttpServerTest, AnswersRequestsOfOneConnectionInOrder) {
  const std::string answers = answer_to(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
      "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answers, MatchesRegex("HTTP/1.1 200 OK.*GET /1  HTTP/1.1 200 OK.*POST /2  hiHTTP/1.1 200 OK.*GET /3  "));
}

TEST_F(HttpServerTest, SendsNoBodyForHead) {
  const std::string answer = answer_to("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, HasSubstr("Content-Length: 9\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, ClosesAfterAnHttp10Request) {
  EXPECT_THAT(answer_to("GET / HTTP/1.0\r\n\r\n"), EndsWith("Connection: close\r\n\r\nGET /  "));
}

TEST_F(HttpServerTest, InvitesABodyThatWaitsToBeInvited) {
  const std::string answer = answer_to(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, RefusesWhatItCannotRead) {
  EXPECT_THAT(answer_to("hello?\r\n\r\n"), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpServerTest, RefusesWhatIsTooLarge) {
  limits.max_header_bytes = 256;
  limits.max_body_bytes = 16;
  const std::string long_header(300, 'x');

  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + long_header + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  EXPECT_THAT(answer_to("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n"),
              StartsWith("HTTP/1.1 413 Payload Too Large\r\n"));
  EXPECT_THAT(answer_to("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n01234567890123456\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, GivesUpOnARequestThatDripsIn) {
  limits.header_timeout = 40ms;
  limits.body_timeout = 40ms;

  const std::string header = answer_to("GET / HTTP/1.1\r\nHo");
  const std::string body = answer_to("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");

  EXPECT_THAT(header, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(body, StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, ClosesAConnectionThatIsIdleForTooLong) {
  limits.keep_alive_timeout = 30ms;

  EXPECT_EQ(answer_to(""), "");
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("GET /  "));
}

TEST_F(HttpServerTest, DropsAClientThatDoesNotReadItsAnswer) {
  limits.write_timeout = 50ms;
  handlers.on_request = [](ServerRequest) -> Task<ServerResponse> {
    co_return text_response(200, std::string(64 * 1024 * 1024, 'x'));
  };

  serve([&](HttpServer& server, std::uint16_t port) -> Task<> {
    RawClient client(executor());
    co_await client.connect(port);
    co_await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    while (server.connections() == 0) co_await yield_to_loop();
    while (server.connections() > 0) co_await sleep_for(5ms);
  });
}

TEST_F(HttpServerTest, TurnsAwayConnectionsOverItsLimit) {
  limits.max_connections = 1;
  std::string first_answer;
  std::string second_answer;
  serve([&](HttpServer& server, std::uint16_t port) -> Task<> {
    RawClient first(executor());
    RawClient second(executor());
    co_await first.connect(port);
    while (server.connections() == 0) co_await yield_to_loop();
    co_await second.connect(port);
    second_answer = co_await second.read_to_end();
    co_await first.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    first_answer = co_await first.read_to_end();
  });

  EXPECT_THAT(second_answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(first_answer, StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, AnswersABugInAHandlerWith500) {
  handlers.on_request = [](ServerRequest) -> Task<ServerResponse> {
    co_await yield_to_loop();
    throw std::logic_error("a broken invariant");
  };
  std::string logged;
  capture_log([&](std::string_view line) { logged += line; });

  const std::string answer = answer_to("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  capture_log({});

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("invariant")));
  EXPECT_THAT(logged, HasSubstr("a broken invariant"));
}

ServerResponse streamed(std::function<Task<>(BodyWriter&)> stream) {
  return {.headers = {{"Content-Type", "text/event-stream"}}, .stream = std::move(stream)};
}

Task<> write_two(BodyWriter& body) {
  co_await body.write("one");
  co_await body.write("");
  co_await yield_to_loop();
  co_await body.write("two");
}

TEST_F(HttpServerTest, StreamsAnAnswerInChunks) {
  handlers.on_request = [](ServerRequest) -> Task<ServerResponse> { co_return streamed(write_two); };

  const std::string modern = answer_to("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string ancient = answer_to("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string twice =
      answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(modern, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(modern, EndsWith("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
  EXPECT_THAT(ancient, EndsWith("Connection: close\r\n\r\nonetwo"));
  EXPECT_THAT(twice, EndsWith("Connection: close\r\n\r\n"));
}

TEST_F(HttpServerTest, EndsASilentStreamWhenItsClientLeaves) {
  bool was_cancelled = false;
  handlers.on_request = [&](ServerRequest) -> Task<ServerResponse> {
    co_return streamed([&](BodyWriter& body) -> Task<> {
      struct OnExit {
        bool& flag;
        ~OnExit() { flag = true; }
      } const on_exit{was_cancelled};
      co_await body.write("hello");
      co_await sleep_for(1h);
    });
  };

  serve([&](HttpServer& server, std::uint16_t port) -> Task<> {
    RawClient client(executor());
    co_await client.connect(port);
    co_await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await client.read_until("hello");
    client.leave();
    while (server.connections() > 0) co_await yield_to_loop();
  });

  EXPECT_TRUE(was_cancelled);
}

TEST_F(HttpServerTest, EndsInTheMiddleOfABodyThatIsBrokenOff) {
  handlers.on_request = [](ServerRequest) -> Task<ServerResponse> {
    co_return streamed([](BodyWriter& body) -> Task<> {
      co_await body.write("one");
      body.break_off();
    });
  };

  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("\r\n\r\n3\r\none\r\n"));
}

TEST_F(HttpServerTest, CutsOffAStreamWithABug) {
  handlers.on_request = [](ServerRequest) -> Task<ServerResponse> {
    co_return streamed([](BodyWriter& body) -> Task<> {
      co_await body.write("one");
      throw std::logic_error("a bug");
    });
  };
  capture_log([](std::string_view) {});

  const std::string answer = answer_to("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  capture_log({});

  EXPECT_THAT(answer, EndsWith("3\r\none\r\n"));
}

TEST_F(HttpServerTest, EndsEveryConnectionWhenItIsCancelled) {
  RawClient client(executor());
  std::string seen_by_client = "nothing yet";

  serve([&](HttpServer& server, std::uint16_t port) -> Task<> {
    co_await client.connect(port);
    while (server.connections() == 0) co_await yield_to_loop();
  });
  auto read_what_is_left = [&]() -> Task<> { seen_by_client = co_await client.read_to_end(); };
  run(loop, read_what_is_left());

  EXPECT_EQ(seen_by_client, "");
}

TEST_F(HttpServerTest, LetsOpenConnectionsFinishAfterItStopsAccepting) {
  HttpServer server(executor(), limits, handlers, Log{});
  const std::uint16_t port = *server.listen("127.0.0.1", 0);
  RawClient client(executor());
  std::string answer;
  auto ask_late = [&]() -> Task<> {
    co_await client.connect(port);
    while (server.connections() == 0) co_await yield_to_loop();
    server.stop_accepting();
    co_await client.send("GET /late HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    answer = co_await client.read_to_end();
    client.leave();
  };
  auto both = [&]() -> Task<> {
    using namespace asio::experimental::awaitable_operators;
    co_await (server.run() && ask_late());
  };

  run(loop, both());

  EXPECT_THAT(answer, EndsWith("GET /late  "));
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(HttpServerTest, SharesItsPortOnlyWithItsLike) {
  HttpServer first(executor(), limits, handlers, Log{});
  HttpServer second(executor(), limits, handlers, Log{});
  HttpServer third(executor(), limits, handlers, Log{});
  asio::ip::tcp::acceptor stranger(executor(), {asio::ip::address_v4::loopback(), 0}, false);

  const auto port = first.listen("127.0.0.1", 0);

  EXPECT_EQ(second.listen("127.0.0.1", *port), *port);
  EXPECT_EQ(third.listen("127.0.0.1", stranger.local_endpoint().port()).error().code, Errc::conflict);
}

TEST_F(HttpServerTest, SaysWhenItCannotListen) {
  HttpServer server(executor(), limits, handlers, Log{});

  EXPECT_EQ(server.listen("not an address", 0).error().code, Errc::invalid_input);
  EXPECT_EQ(server.listen("192.0.2.1", 0).error().code, Errc::invalid_input);
}

TEST(EnsurePortIsFree, SeesAListenerThatWouldShareThePort) {
  asio::io_context loop(1);
  HttpServer server(loop.get_executor(), {}, {}, Log{});
  const std::uint16_t port = server.listen("127.0.0.1", 0).value();

  EXPECT_EQ(ensure_port_is_free("127.0.0.1", port).error().code, Errc::conflict);
  EXPECT_TRUE(ensure_port_is_free("127.0.0.1", 0));
}

}  // namespace
}  // namespace convoke::net
