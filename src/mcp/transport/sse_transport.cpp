#include "mcp/transport/sse_transport.hpp"

#include <deque>

#include "base/signal.hpp"
#include "base/task_scope.hpp"
#include "mcp/transport/authorized_http.hpp"
#include "mcp/transport/http_answer.hpp"
#include "mcp/transport/line_splitter.hpp"
#include "mcp/transport/pipe_transport.hpp"
#include "net/sse_parser.hpp"

namespace convoke::mcp {

namespace {

constexpr std::size_t max_unread_bytes = 64 * 1024 * 1024;
constexpr auto time_to_name_endpoint = 10s;

class SsePipe final : public Pipe {
 public:
  SsePipe(Executor executor, net::HttpClient& client, const HttpServerAddress& server, Log log)
      : http_(client, server), parser_(server.max_message_bytes), tasks_(executor, std::move(log)), changed_(executor) {
    tasks_.spawn("mcp.sse_stream", receive());
  }

  Task<Result<std::string>> read() override {
    while (unread_.empty()) {
      if (ended_) co_return std::unexpected(*ended_);
      co_await changed_.wait();
    }
    std::string message = std::move(unread_.front());
    unread_.pop_front();
    unread_bytes_ -= message.size();
    co_return message;
  }

  Task<Result<void>> write(std::string messages) override {
    const Deadline patience = SteadyClock::now() + time_to_name_endpoint;
    while (endpoint_.empty() && !ended_) {
      const bool in_time = co_await changed_.wait_until(patience);
      if (!in_time) co_return fail(Errc::protocol, "the server does not say where to send messages");
    }
    if (ended_) co_return std::unexpected(*ended_);
    std::vector<std::string> lines;
    LineSplitter splitter(messages.size());
    const auto keep = [&](std::string line) { lines.push_back(std::move(line)); };
    CO_CHECK(splitter.feed(messages, keep));
    splitter.finish(keep);
    for (std::string& line : lines) CO_CHECK(co_await post(std::move(line)));
    co_return Result<void>{};
  }

  Task<> close() override {
    tasks_.cancel();
    co_await tasks_.drained();
  }

 private:
  Task<Result<void>> post(std::string message) {
    net::HttpRequest request{.method = "POST", .url = endpoint_, .body = std::move(message)};
    request.headers.emplace_back("Content-Type", "application/json");
    net::HttpStreaming none;
    CO_TRY(const auto response, co_await http_.send(std::move(request), std::move(none)));
    if (!is_success(response.head.status)) co_return fail(error_of(response.head));
    co_return Result<void>{};
  }

  Task<> receive() {
    net::HttpRequest request{.url = http_.server().url, .headers = {{"Accept", "text/event-stream"}}};
    net::HttpStreaming streaming;
    streaming.on_head = [](const net::HttpHead& head) { return is_success(head.status) && is_event_stream(head); };
    streaming.on_body = [this](std::string_view bytes) {
      const auto fed = parser_.feed(bytes, [this](const net::SseEvent& event) { return take(event); });
      if (!fed) end(fed.error());
      return ended_ ? net::BodyWanted::done : net::BodyWanted::more;
    };
    const auto answer = co_await http_.send(std::move(request), std::move(streaming));
    if (!answer) co_return end(answer.error());
    if (!is_success(answer->head.status)) co_return end(error_of(answer->head));
    end({Errc::unavailable, "the server ended its stream", std::nullopt});
  }

  bool take(const net::SseEvent& event) {
    if (event.event == "endpoint") {
      auto url = address_at_same_server(http_.server().url, event.data);
      if (!url) end(url.error());
      if (url) endpoint_ = *std::move(url);
    } else if (event.event.empty() || event.event == "message") {
      unread_bytes_ += event.data.size();
      unread_.emplace_back(event.data);
      // A reader that is 64 MiB behind will not catch up, and the stream cannot be paused.
      if (unread_bytes_ > max_unread_bytes) end({Errc::exhausted, "the server sends too much", std::nullopt});
    }
    changed_.notify();
    return !ended_;
  }

  void end(Error reason) {
    if (!ended_) ended_ = std::move(reason);
    changed_.notify();
  }

  AuthorizedHttp http_;
  net::SseParser parser_;
  std::string endpoint_;
  std::deque<std::string> unread_;
  std::size_t unread_bytes_ = 0;
  std::optional<Error> ended_;
  TaskScope tasks_;
  Signal changed_;
};

}  // namespace

std::unique_ptr<Transport> sse_transport(Executor executor, net::HttpClient& client, HttpServerAddress server,
                                         Log log) {
  auto open = [executor, &client, server = std::move(server), log]() -> Result<std::unique_ptr<Pipe>> {
    return std::make_unique<SsePipe>(executor, client, server, log);
  };
  return std::make_unique<PipeTransport>(executor, std::move(open), log);
}

}  // namespace convoke::mcp
