#include "net/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.hpp"
#include "base/run.hpp"
#include "net/testing/scripted_server.hpp"

namespace convoke::net {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class HttpClientTest : public testing::Test {
 protected:
  Result<HttpResponse> send(ScriptedServer& server, HttpRequest request, HttpStreaming streaming = {}) {
    return run(loop, server.during(client.send(std::move(request), std::move(streaming))));
  }

  Executor executor() { return loop.get_executor(); }

  asio::io_context loop{1};
  HttpClient client{executor(), {}};
};

/// Answers every request of a connection with "hello".
Task<> say_hello(ScriptedPeer& peer) {
  for (;;) {
    const std::string request = co_await peer.read_request();
    if (request.empty()) co_return;
    co_await peer.write(http_answer("hello"));
  }
}

/// Sends the head of a chunked answer and then one chunk for each piece.
ScriptedServer::Script stream_chunks(std::vector<std::string> pieces, std::string end) {
  return [=](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const std::string& piece : pieces) {
      co_await peer.write(std::to_string(piece.size()) + "\r\n" + piece + "\r\n");
      co_await yield_to_loop();
    }
    co_await peer.write(end);
    if (end.empty()) co_await peer.wait_until_left();
  };
}

TEST(FindHeader, ComparesNamesWithoutRegardToCase) {
  const Headers headers{{"Content-Type", "a"}, {"content-type", "b"}};

  EXPECT_EQ(find_header(headers, "CONTENT-TYPE"), "a");
  EXPECT_EQ(find_header(headers, "Content"), std::nullopt);
}

TEST_F(HttpClientTest, SendsMethodHeadersAndBodyAsGiven) {
  std::string seen;
  ScriptedServer server(executor(), [&](ScriptedPeer& peer) -> Task<> {
    seen = co_await peer.read_request();
    co_await peer.write(http_answer("{}", "201 Created", "X-One: 1\r\nx-empty:\r\n"));
  });

  const auto answer = send(server, {.method = "POST",
                                    .url = server.url("/v1/chat?a=b"),
                                    .headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}},
                                    .body = "{\"a\":1}"});

  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->head.status, 201);
  EXPECT_EQ(find_header(answer->head.headers, "x-one"), "1");
  EXPECT_EQ(find_header(answer->head.headers, "x-empty"), "");
  EXPECT_EQ(answer->body, "{}");
  EXPECT_THAT(seen, testing::StartsWith("POST /v1/chat?a=b HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(seen, HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Expect:")));
  EXPECT_THAT(seen, EndsWith("\r\n\r\n{\"a\":1}"));
}

TEST_F(HttpClientTest, UsesAConnectionAgain) {
  ScriptedServer server(executor(), say_hello);
  auto three_times = [&]() -> Task<> {
    for (int i = 0; i < 3; ++i) {
      const auto answer = co_await client.send({.url = server.url("/")});
      EXPECT_EQ(answer->body, "hello");
    }
  };

  run(loop, server.during(three_times()));

  EXPECT_EQ(server.connections_seen(), 1);
}

TEST_F(HttpClientTest, SkipsInterimAnswers) {
  ScriptedServer server(executor(), [](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http_answer("hello"));
  });

  const auto answer = send(server, {.url = server.url("/")});

  EXPECT_EQ(answer->head.status, 200);
  EXPECT_EQ(find_header(answer->head.headers, "Link"), std::nullopt);
}

TEST_F(HttpClientTest, DoesNotFollowARedirect) {
  ScriptedServer server(executor(), [](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write(http_answer("", "302 Found", "Location: /elsewhere\r\n"));
  });

  EXPECT_EQ(send(server, {.url = server.url("/")})->head.status, 302);
}

TEST_F(HttpClientTest, TellsThatNobodyListens) {
  std::uint16_t free_port = ScriptedServer(executor(), say_hello).port();

  const auto answer = run(loop, client.send({.url = "http://127.0.0.1:" + std::to_string(free_port) + "/?key=sesame"}));

  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_EQ(answer.error().message, "127.0.0.1:" + std::to_string(free_port) + ": connection refused");
}

TEST_F(HttpClientTest, GoesNoFurtherThanItMay) {
  bool was_asked = false;
  ScriptedServer server(executor(), [&](ScriptedPeer& peer) -> Task<> {
    was_asked = !(co_await peer.read_request()).empty();
    co_await peer.write(http_answer("secrets"));
  });

  const auto answer = send(server, {.url = server.url("/"), .reach = reach_of_peer("93.184.216.34")});

  EXPECT_EQ(answer.error().code, Errc::denied);
  EXPECT_THAT(answer.error().message, EndsWith("is in a private network, where this URL may not lead"));
  EXPECT_FALSE(was_asked);
}

TEST_F(HttpClientTest, GoesNoFurtherOverAConnectionThatIsOpenAlready) {
  ScriptedServer server(executor(), say_hello);
  Result<HttpResponse> first, second;

  run(loop, server.during([&]() -> Task<> {
    first = co_await client.send({.url = server.url("/")});
    second = co_await client.send({.url = server.url("/"), .reach = reach_of_peer("")});
  }()));

  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(second.error().code, Errc::denied);
}

TEST_F(HttpClientTest, TellsWhoAnswered) {
  ScriptedServer server(executor(), say_hello);

  const auto answer = send(server, {.url = server.url("/")});

  EXPECT_EQ(answer->head.peer_address, "127.0.0.1");
}

TEST_F(HttpClientTest, RefusesWhatCannotBeSent) {
  EXPECT_EQ(run(loop, client.send({.url = "not a url"})).error().code, Errc::invalid_input);
  EXPECT_EQ(run(loop, client.send({.url = "ws://a/"})).error().code, Errc::invalid_input);
  EXPECT_EQ(run(loop, client.send({.method = "GET /", .url = "http://a/"})).error().code, Errc::invalid_input);
  const auto split = run(loop, client.send({.url = "http://a/", .headers = {{"X-A", "b\r\nX-Secret: sesame"}}}));
  EXPECT_EQ(split.error().code, Errc::invalid_input);
  EXPECT_THAT(split.error().message, Not(HasSubstr("sesame")));
}

TEST_F(HttpClientTest, HandsOutAStreamedBodyPieceByPiece) {
  ScriptedServer server(executor(), stream_chunks({"one", "two"}, "0\r\n\r\n"));
  int status = 0;
  std::string body;

  const auto answer = send(server, {.url = server.url("/")},
                           {.on_head = [&](const HttpHead& head) { return (status = head.status) == 200; },
                            .on_body =
                                [&](std::string_view bytes) {
                                  body += bytes;
                                  return BodyWanted::more;
                                }});

  EXPECT_TRUE(answer);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(body, "onetwo");
}

TEST_F(HttpClientTest, CollectsABodyTheHeadWasNotWantedFor) {
  ScriptedServer server(executor(), [](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write(http_answer("overloaded", "500 Internal Server Error"));
  });
  bool was_streamed = false;

  const auto answer = send(server, {.url = server.url("/")},
                           {.on_head = [](const HttpHead& head) { return head.status == 200; },
                            .on_body =
                                [&](std::string_view) {
                                  was_streamed = true;
                                  return BodyWanted::more;
                                }});

  EXPECT_EQ(answer->head.status, 500);
  EXPECT_EQ(answer->body, "overloaded");
  EXPECT_FALSE(was_streamed);
}

TEST_F(HttpClientTest, ReportsAnAnswerThatIsCutOff) {
  ScriptedServer sized(executor(), [](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  });
  ScriptedServer chunked(executor(), stream_chunks({"one"}, "5\r\nab"));
  ScriptedServer silent(executor(), [](ScriptedPeer& peer) -> Task<> { co_await peer.read_request(); });

  const auto half = send(sized, {.url = sized.url("/")});
  const auto part = send(chunked, {.url = chunked.url("/")});
  const auto none = send(silent, {.url = silent.url("/")});

  EXPECT_EQ(half.error().code, Errc::unavailable);
  EXPECT_THAT(half.error().message, EndsWith(": the answer was cut off"));
  EXPECT_EQ(part.error().code, Errc::unavailable);
  EXPECT_EQ(none.error().code, Errc::unavailable);
}

TEST_F(HttpClientTest, GivesUpOnAnAnswerThatDoesNotBegin) {
  ScriptedServer server(executor(), [](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");  // a head alone is no answer yet
    co_await peer.wait_until_left();
  });

  const auto answer = send(server, {.url = server.url("/?key=sesame"), .timeouts = {.first_byte = 30ms}});

  EXPECT_EQ(answer.error().code, Errc::timed_out);
  EXPECT_THAT(answer.error().message, EndsWith(": no answer within 30 ms"));
}

TEST_F(HttpClientTest, GivesUpOnAnAnswerThatStalls) {
  ScriptedServer server(executor(), stream_chunks({"one"}, ""));

  const auto answer = send(server, {.url = server.url("/"), .timeouts = {.idle = 30ms}});

  EXPECT_EQ(answer.error().code, Errc::timed_out);
  EXPECT_THAT(answer.error().message, EndsWith(": the answer stalled for 30 ms"));
}

TEST_F(HttpClientTest, GivesUpOnAHandshakeThatStalls) {
  ScriptedServer server(executor(), [](ScriptedPeer& peer) -> Task<> { co_await peer.wait_until_left(); });
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port());

  const auto answer = send(server, {.url = url, .timeouts = {.connect = 30ms}});

  EXPECT_EQ(answer.error().code, Errc::timed_out);
}

TEST_F(HttpClientTest, BoundsTheWholeRequestHoweverBusyItIs) {
  ScriptedServer server(executor(), [](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (co_await peer.write("1\r\nx\r\n")) co_await yield_to_loop();
  });

  const auto answer = send(server, {.url = server.url("/"), .timeouts = {.total = 50ms}});

  EXPECT_EQ(answer.error().code, Errc::timed_out);
  EXPECT_THAT(answer.error().message, EndsWith(": no complete answer within 50 ms"));
}

TEST_F(HttpClientTest, ClosesTheConnectionOfACancelledRequest) {
  bool client_left = false;
  ScriptedServer server(executor(), [&](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    co_await peer.wait_until_left();
    client_left = true;
  });
  Signal first_piece(executor());
  TaskScope scope(executor(), Log{});
  auto request = [&]() -> Task<> {
    co_await client.send({.url = server.url("/")}, {.on_head = {}, .on_body = [&](std::string_view) {
                                                      first_piece.notify();
                                                      return BodyWanted::more;
                                                    }});
  };
  auto cancel_after_the_first_piece = [&]() -> Task<> {
    scope.spawn("request", request());
    co_await first_piece.wait();
  };
  auto both = [&]() -> Task<> {
    co_await scope.run(cancel_after_the_first_piece());
    while (!client_left) co_await yield_to_loop();
  };

  run(loop, server.during(both()));

  EXPECT_TRUE(client_left);
}

TEST_F(HttpClientTest, RefusesABodyThatOutgrowsItsBound) {
  ScriptedServer server(executor(), say_hello);

  const auto answer = send(server, {.url = server.url("/"), .max_body_bytes = 4});

  EXPECT_EQ(answer.error().code, Errc::protocol);
  EXPECT_THAT(answer.error().message, EndsWith(": the answer is larger than 4 bytes"));
}

TEST_F(HttpClientTest, ReturnsAtOnceWhenTheCallerHasEnoughAndUsesTheConnectionAgain) {
  std::optional<Signal> may_go_on(executor());
  bool has_returned = false;
  ScriptedServer server(executor(), [&](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    while (!has_returned) co_await may_go_on->wait();
    co_await peer.write("3\r\ntwo\r\n0\r\n\r\n");
    co_await say_hello(peer);
  });
  std::string body;
  auto take_one_then_ask_again = [&]() -> Task<> {
    co_await client.send({.url = server.url("/")}, {.on_head = {}, .on_body = [&](std::string_view bytes) {
                                                      body += bytes;
                                                      return BodyWanted::done;
                                                    }});
    has_returned = true;
    may_go_on->notify();
    for (int i = 0; i < 20; ++i) co_await sleep_for(1ms);  // the drain is curl's; there is nothing to wait on
    const auto second = co_await client.send({.url = server.url("/")});
    EXPECT_EQ(second->body, "hello");
  };

  run(loop, server.during(take_one_then_ask_again()));

  EXPECT_EQ(body, "one");
  EXPECT_EQ(server.connections_seen(), 1);
}

TEST_F(HttpClientTest, DropsAnUnwantedAnswerThatDoesNotEnd) {
  bool client_left = false;
  ScriptedServer server(executor(), [&](ScriptedPeer& peer) -> Task<> {
    co_await peer.read_request();
    co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    co_await peer.wait_until_left();
    client_left = true;
  });
  auto work = [&]() -> Task<> {
    co_await client.send({.url = server.url("/")},
                         {.on_head = {}, .on_body = [](std::string_view) { return BodyWanted::done; }});
    EXPECT_FALSE(client_left);
    while (!client_left) co_await sleep_for(5ms);
  };

  run(loop, server.during(work()));

  EXPECT_TRUE(client_left);
}

TEST_F(HttpClientTest, CarriesABugInAHookToTheCaller) {
  ScriptedServer server(executor(), say_hello);
  const HttpStreaming broken{.on_head = {},
                             .on_body = [](std::string_view) -> BodyWanted { throw std::logic_error("a bug"); }};

  EXPECT_THROW(send(server, {.url = server.url("/")}, broken), std::logic_error);
}

TEST_F(HttpClientTest, WaitsForAConnectionWhenAllAreTaken) {
  HttpClient narrow(executor(), {.max_connections = 1});
  ScriptedServer server(executor(), say_hello);
  TaskScope scope(executor(), Log{});
  int answers = 0;
  auto ask = [&]() -> Task<> {
    const auto answer = co_await narrow.send({.url = server.url("/")});
    answers += answer.has_value() ? 1 : 0;
  };
  auto three_at_once = [&]() -> Task<> {
    scope.spawn("1", ask());
    scope.spawn("2", ask());
    scope.spawn("3", ask());
    co_await scope.drained();
  };

  run(loop, server.during(scope.run(three_at_once())));

  EXPECT_EQ(answers, 3);
  EXPECT_EQ(server.connections_seen(), 1);
}

TEST_F(HttpClientTest, GivesUpOnAPlaceInThePoolThatDoesNotComeFree) {
  HttpClient narrow(executor(), {.max_connections = 1});
  ScriptedServer server(executor(), [](ScriptedPeer& peer) { return peer.wait_until_left(); });
  TaskScope scope(executor(), Log{});
  Result<HttpResponse> second = fail(Errc::internal, "not sent");
  auto occupy = [&]() -> Task<> { co_await narrow.send({.url = server.url("/")}); };
  auto wait_for_a_place = [&]() -> Task<> {
    scope.spawn("first", occupy());
    while (server.connections_open() == 0) co_await yield_to_loop();
    second = co_await narrow.send({.url = server.url("/"), .timeouts = {.pool = 20ms}});
  };

  run(loop, server.during(scope.run(wait_for_a_place())));

  EXPECT_EQ(second.error().code, Errc::timed_out);
  EXPECT_THAT(second.error().message, EndsWith("no free connection within 20 ms"));
}

TEST_F(HttpClientTest, GivesUpOnAPeerThatDoesNotTakeTheRequest) {
  ScriptedServer server(executor(), [](ScriptedPeer&) -> Task<> { co_await sleep_until(Deadline::max()); });
  HttpRequest request{.method = "POST", .url = server.url("/"), .body = std::string(64U << 20, 'x')};
  request.timeouts.write = 50ms;

  const auto answer = send(server, std::move(request));

  EXPECT_EQ(answer.error().code, Errc::timed_out);
  EXPECT_THAT(answer.error().message, HasSubstr("the request could not be sent"));
}

TEST_F(HttpClientTest, SendsABodyOfManyPiecesWhole) {
  std::string seen;
  ScriptedServer server(executor(), [&](ScriptedPeer& peer) -> Task<> {
    seen = co_await peer.read_request();
    co_await peer.write(http_answer("thanks"));
  });
  std::string body;
  while (body.size() < 1U << 20) body += std::to_string(body.size()) + ",";

  const auto answer = send(server, {.method = "POST", .url = server.url("/"), .body = body});

  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(seen.ends_with("\r\n\r\n" + body));
}

TEST_F(HttpClientTest, SendsABodyAgainWhenItsConnectionWasDead) {
  std::vector<std::string> seen;
  ScriptedServer server(executor(), [&](ScriptedPeer& peer) -> Task<> {
    seen.push_back(co_await peer.read_request());
    co_await peer.write(http_answer("hello"));
    co_await peer.read();  // the second request on this connection is read, and not answered
  });
  auto ask_twice = [&]() -> Task<Result<HttpResponse>> {
    co_await client.send({.method = "POST", .url = server.url("/"), .body = "one"});
    co_return co_await client.send({.method = "POST", .url = server.url("/"), .body = "two"});
  };

  const auto answer = run(loop, server.during(ask_twice()));

  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_TRUE(seen[1].ends_with("two"));
}

TEST_F(HttpClientTest, UsesNoConnectionAgainWhereNoneMayBeIdle) {
  HttpClient forgetful(executor(), {.idle_expiry = 0ms});
  ScriptedServer server(executor(), say_hello);
  auto ask_twice = [&]() -> Task<> {
    co_await forgetful.send({.url = server.url("/")});
    co_await forgetful.send({.url = server.url("/")});
  };

  run(loop, server.during(ask_twice()));

  EXPECT_EQ(server.connections_seen(), 2);
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) { std::ofstream(path_) << content; }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / random_id("convoke_");
};

TEST_F(HttpClientTest, RefusesACertificateNobodyVouchesFor) {
  ScriptedServer server(executor(), say_hello, make_self_signed_certificate());

  const auto answer = send(server, {.url = server.url("/")});

  EXPECT_EQ(answer.error().code, Errc::denied);
  EXPECT_THAT(answer.error().message, HasSubstr("SSL certificate problem"));
}

TEST_F(HttpClientTest, AcceptsACertificateOfItsOwnAuthorities) {
  const Certificate certificate = make_self_signed_certificate();
  const TemporaryFile authorities(certificate.certificate_pem);
  ScriptedServer server(executor(), say_hello, certificate);
  HttpClient trusting(executor(), {.ca_file = authorities.path()});

  const auto answer = run(loop, server.during(trusting.send({.url = server.url("/")})));

  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "hello");
}

}  // namespace
}  // namespace convoke::net
