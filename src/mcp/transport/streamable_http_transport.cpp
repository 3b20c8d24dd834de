#include "mcp/transport/streamable_http_transport.hpp"

#include "base/signal.hpp"
#include "mcp/codec/request_headers.hpp"
#include "mcp/transport/authorized_http.hpp"
#include "mcp/transport/event_stream.hpp"
#include "mcp/transport/http_answer.hpp"
#include "net/http_client.hpp"

namespace convoke::mcp {

namespace {

constexpr int max_resumptions = 5;  ///< of one stream, without progress in between
constexpr auto time_to_open_listener = 3s;
constexpr auto time_to_say_goodbye = 2s;

class StreamableHttpTransport final : public Transport {
 public:
  StreamableHttpTransport(Executor executor, net::HttpClient& client, HttpServerAddress server, Log log)
      : http_(client, std::move(server)), log_(std::move(log)), changed_(executor) {}

  Kind kind() const override { return Kind::http; }
  Task<Error> run(OnMessage on_message, std::function<void()> ready) override;
  Task<Result<jsonrpc::Response>> exchange(jsonrpc::Request request, jsonrpc::Headers headers,
                                           Deadline deadline) override;
  Task<Result<void>> send(jsonrpc::Message message) override;
  void agreed(Revision revision) override { revision_ = revision; }
  Task<> established() override;

 private:
  /// An answer and, if it was a stream, what that brought.
  using Answer = Result<net::HttpResponse>;

  Task<Error> until_lost();
  Task<> listen();
  Task<> say_goodbye();
  Task<Result<jsonrpc::Response>> ask_until_lost(jsonrpc::Request request, jsonrpc::Headers headers);
  Task<Result<jsonrpc::Response>> ask(jsonrpc::Request request, jsonrpc::Headers headers);
  Task<Result<jsonrpc::Response>> resume(EventStream& stream);
  Task<Answer> post(std::string body, jsonrpc::Headers headers, EventStream* stream);
  Task<Answer> get(EventStream& stream, std::function<void()> on_answer);
  net::HttpStreaming streaming_into(EventStream* stream, std::function<void()> on_answer = {});
  jsonrpc::Headers session_headers() const;
  Error lose_session();

  AuthorizedHttp http_;
  Log log_;
  Signal changed_;
  OnMessage on_message_;
  Revision revision_ = newest_modern;
  std::string session_id_;
  bool listener_wanted_ = false;
  bool listener_settled_ = false;  ///< opened, or refused
  std::optional<Error> lost_ = Error{Errc::unavailable, "not connected"};
};

Task<Error> StreamableHttpTransport::run(OnMessage on_message, std::function<void()> ready) {
  on_message_ = std::move(on_message);
  session_id_.clear();
  listener_wanted_ = listener_settled_ = false;
  lost_.reset();
  ready();
  std::exception_ptr unwinding;
  Error reason{Errc::cancelled, "the connection was ended"};
  try {
    reason = co_await until_lost();
  } catch (...) {
    unwinding = std::current_exception();
  }
  lost_ = reason;
  changed_.notify();
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await say_goodbye();
  if (unwinding) std::rethrow_exception(unwinding);
  co_return reason;
}

Task<Error> StreamableHttpTransport::until_lost() {
  using namespace asio::experimental::awaitable_operators;
  while (!lost_ && !listener_wanted_) co_await changed_.wait();
  const auto wait_for_loss = [this]() -> Task<> {
    while (!lost_) co_await changed_.wait();
  };
  if (!lost_) co_await (listen() || wait_for_loss());
  while (!lost_) co_await changed_.wait();
  co_return *lost_;
}

Task<> StreamableHttpTransport::established() {
  if (era_of(revision_) == Era::modern) co_return;
  listener_wanted_ = true;
  changed_.notify();
  const Deadline patience = SteadyClock::now() + time_to_open_listener;
  while (!listener_settled_) {
    const bool in_time = co_await changed_.wait_until(patience);
    if (!in_time) co_return;
  }
}

/// The standalone stream of a legacy server: what it wants to say outside of any request. Not every server has one.
Task<> StreamableHttpTransport::listen() {
  const auto settle = [this] {
    listener_settled_ = true;
    changed_.notify();
  };
  EventStream stream({}, on_message_, http_.server().max_message_bytes, log_);
  for (int fruitless = 0; fruitless < max_resumptions; ++fruitless) {
    const auto started = SteadyClock::now();
    const auto answer = co_await get(stream, settle);
    settle();
    const bool refused = answer && (!is_success(answer->head.status) || !is_event_stream(answer->head));
    if (refused || stream.problem()) co_return;
    if (SteadyClock::now() - started > 10s) fruitless = 0;
    co_await sleep_for(stream.retry());
  }
}

Task<> StreamableHttpTransport::say_goodbye() {
  if (session_id_.empty()) co_return;
  net::HttpRequest request{.method = "DELETE", .url = http_.server().url, .headers = session_headers()};
  request.timeouts.total = std::chrono::duration_cast<std::chrono::milliseconds>(time_to_say_goodbye);
  net::HttpStreaming none;
  const auto answer = co_await http_.send(std::move(request), std::move(none));
  if (!answer) log_.debug("mcp.goodbye_lost", {{"reason", answer.error().message}});
}

Task<Result<jsonrpc::Response>> StreamableHttpTransport::exchange(jsonrpc::Request request, jsonrpc::Headers headers,
                                                                  Deadline deadline) {
  std::string what = "'" + request.method + "'";
  auto work = ask_until_lost(std::move(request), std::move(headers));
  if (deadline == Deadline::max()) co_return co_await std::move(work);
  co_return co_await with_deadline(deadline, std::move(what), std::move(work));
}

Task<Result<jsonrpc::Response>> StreamableHttpTransport::ask_until_lost(jsonrpc::Request request,
                                                                        jsonrpc::Headers headers) {
  using namespace asio::experimental::awaitable_operators;
  const auto wait_for_loss = [this]() -> Task<Result<jsonrpc::Response>> {
    while (!lost_) co_await changed_.wait();
    co_return std::unexpected(*lost_);
  };
  auto first = co_await (ask(std::move(request), std::move(headers)) || wait_for_loss());
  co_return std::visit([](auto& result) { return std::move(result); }, first);
}

Task<Result<jsonrpc::Response>> StreamableHttpTransport::ask(jsonrpc::Request request, jsonrpc::Headers headers) {
  const jsonrpc::Id id = request.id;
  const bool opens_session = request.method == "initialize";
  if (opens_session) session_id_.clear();
  const jsonrpc::Headers own = opens_session ? jsonrpc::Headers{} : request_headers(request, session_headers());
  headers.insert(headers.end(), own.begin(), own.end());

  EventStream stream(id, on_message_, http_.server().max_message_bytes, log_);
  const auto answer = co_await post(jsonrpc::serialise(std::move(request)), std::move(headers), &stream);
  if (stream.response()) co_return *std::move(stream.response());
  if (stream.problem()) co_return fail(*stream.problem());
  if (!answer) {
    if (stream.last_event_id().empty()) co_return fail(answer.error());
    co_return co_await resume(stream);
  }
  const net::HttpHead& head = answer->head;
  if (opens_session) session_id_ = net::find_header(head.headers, "Mcp-Session-Id").value_or("");
  if (is_success(head.status) && is_event_stream(head)) co_return co_await resume(stream);
  const bool lost_session = !session_id_.empty() && !opens_session && means_session_is_gone(head, answer->body);
  if (lost_session) co_return fail(lose_session());
  auto response = response_in(answer->body, id);
  if (response || is_success(head.status)) co_return response;
  co_return fail(error_of(head));
}

Task<Result<jsonrpc::Response>> StreamableHttpTransport::resume(EventStream& stream) {
  const bool can_resume = era_of(revision_) == Era::legacy && !stream.last_event_id().empty();
  for (int attempt = 0; can_resume && attempt < max_resumptions; ++attempt) {
    const std::string before = stream.last_event_id();
    co_await sleep_for(stream.retry());
    const auto answer = co_await get(stream, {});
    if (stream.response()) co_return *std::move(stream.response());
    if (stream.problem()) co_return fail(*stream.problem());
    if (answer && !is_success(answer->head.status)) co_return fail(error_of(answer->head));
    if (stream.last_event_id() != before) attempt = 0;
  }
  co_return fail(Errc::unavailable, "the server's stream ended without the response");
}

Task<Result<void>> StreamableHttpTransport::send(jsonrpc::Message message) {
  if (lost_) co_return std::unexpected(*lost_);
  const auto answer = co_await post(jsonrpc::serialise(message), session_headers(), nullptr);
  if (!answer) co_return fail(answer.error());
  if (!session_id_.empty() && means_session_is_gone(answer->head, answer->body)) co_return fail(lose_session());
  if (!is_success(answer->head.status)) co_return fail(error_of(answer->head));
  co_return Result<void>{};
}

Error StreamableHttpTransport::lose_session() {
  session_id_.clear();
  lost_ = Error{Errc::unavailable, "the server has ended the session", std::nullopt};
  changed_.notify();
  return *lost_;
}

jsonrpc::Headers StreamableHttpTransport::session_headers() const {
  jsonrpc::Headers headers;
  if (era_of(revision_) == Era::modern) return headers;
  if (revision_ >= Revision::v2025_06_18) headers.emplace_back("MCP-Protocol-Version", name_of(revision_));
  if (!session_id_.empty()) headers.emplace_back("Mcp-Session-Id", session_id_);
  return headers;
}

net::HttpStreaming StreamableHttpTransport::streaming_into(EventStream* stream, std::function<void()> on_answer) {
  net::HttpStreaming streaming;
  if (!stream) return streaming;
  streaming.on_head = [this, stream, on_answer = std::move(on_answer)](const net::HttpHead& head) {
    if (!is_success(head.status) || !is_event_stream(head)) return false;
    // Servers may ask us something on the very stream that opens the session.
    const auto session = net::find_header(head.headers, "Mcp-Session-Id");
    if (session && era_of(revision_) == Era::legacy) session_id_ = *session;
    stream->restart();
    if (on_answer) on_answer();
    return true;
  };
  streaming.on_body = [stream](std::string_view bytes) { return stream->feed(bytes); };
  return streaming;
}

Task<StreamableHttpTransport::Answer> StreamableHttpTransport::post(std::string body, jsonrpc::Headers headers,
                                                                    EventStream* stream) {
  net::HttpRequest request{
      .method = "POST", .url = http_.server().url, .headers = std::move(headers), .body = std::move(body)};
  request.headers.emplace_back("Content-Type", "application/json");
  request.headers.emplace_back("Accept", "application/json, text/event-stream");
  co_return co_await http_.send(std::move(request), streaming_into(stream));
}

Task<StreamableHttpTransport::Answer> StreamableHttpTransport::get(EventStream& stream,
                                                                   std::function<void()> on_answer) {
  net::HttpRequest request{.method = "GET", .url = http_.server().url, .headers = session_headers()};
  request.headers.emplace_back("Accept", "text/event-stream");
  if (!stream.last_event_id().empty()) request.headers.emplace_back("Last-Event-ID", stream.last_event_id());
  co_return co_await http_.send(std::move(request), streaming_into(&stream, std::move(on_answer)));
}

}  // namespace

std::unique_ptr<Transport> streamable_http_transport(Executor executor, net::HttpClient& client,
                                                     HttpServerAddress server, Log log) {
  return std::make_unique<StreamableHttpTransport>(executor, client, std::move(server), std::move(log));
}

}  // namespace convoke::mcp
