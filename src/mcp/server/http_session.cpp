#include "mcp/server/http_session.hpp"

#include <charconv>

namespace convoke::mcp {

namespace {

constexpr std::size_t max_recent_streams = 16;

}  // namespace

/// A question to the client whose answer has not come; lives in the frame that awaits it.
struct HttpSession::Asked {
  Asked(HttpSession& session, Executor executor) : owner(session), id(session.next_id_++), changed(executor) {
    owner.asked_.emplace(id, this);
  }
  ~Asked() { owner.asked_.erase(id); }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  HttpSession& owner;
  const std::int64_t id;
  Signal changed;
  std::optional<jsonrpc::Response> response;
};

/// Speaks to the client on the stream of the request that is the cause.
class HttpSession::StreamPeer final : public Peer {
 public:
  StreamPeer(HttpSession& session, OutStream& stream) : session_(session), stream_(stream) {}

  Task<> notify(jsonrpc::Notification notification) override {
    stream_.push(std::move(notification));
    co_await yield_to_loop();  // a handler that only talks must not keep the talk from being sent
  }

  Task<Result<jsonrpc::Response>> ask(std::string method, json::object params) override {
    Asked asked(session_, session_.executor_);
    stream_.push(jsonrpc::Request{asked.id, std::move(method), std::move(params)});
    struct Withdrawn {
      OutStream& stream;
      const Asked& asked;
      ~Withdrawn() {
        if (asked.response) return;  // else unwinding: the client need not bother a person any longer
        stream.push(jsonrpc::Notification{"notifications/cancelled", {{"requestId", asked.id}}});
      }
    } const withdrawn{stream_, asked};
    while (!asked.response) co_await asked.changed.wait();
    co_return *std::move(asked.response);
  }

  void leave_until(std::chrono::milliseconds later) override { stream_.drop_readers(later); }

 private:
  HttpSession& session_;
  OutStream& stream_;
};

HttpSession::HttpSession(Executor executor, Server& server, TaskDesk& tasks, std::uint64_t number)
    : executor_(executor), legacy_(server, tasks, number), listener_(std::make_shared<OutStream>(executor, "listen")) {
  changes_ = server.listen([this](Change change, const std::string& uri) {
    if (const auto told = legacy_.notification_of(change, uri)) listener_->push(*told);
  });
}

Task<> HttpSession::answer(jsonrpc::Request request, std::shared_ptr<OutStream> stream) {
  using namespace asio::experimental::awaitable_operators;
  struct Entry {
    std::map<jsonrpc::Id, Signal>& all;
    std::map<jsonrpc::Id, Signal>::iterator mine;
    ~Entry() { all.erase(mine); }
  };
  const Entry entry{at_work_, at_work_.emplace(request.id, executor_).first};
  StreamPeer peer(*this, *stream);
  jsonrpc::Id id = request.id;
  auto first = co_await (legacy_.answer(std::move(request), peer) || entry.mine->second.wait());
  // A cancelled request needs no response, but its HTTP request must end.
  auto response = first.index() == 0 ? std::get<0>(std::move(first))
                                     : jsonrpc::failure(std::move(id), error_code::internal_error, "cancelled");
  stream->finish(std::move(response));
}

void HttpSession::take(const jsonrpc::Notification& notification) {
  if (notification.method != "notifications/cancelled") return;
  const auto id = jsonrpc::id_from(find(notification.params, "requestId"));
  const auto found = id ? at_work_.find(*id) : at_work_.end();
  if (found != at_work_.end()) found->second.notify();
}

void HttpSession::take(jsonrpc::Response response) {
  const auto* id = response.id ? std::get_if<std::int64_t>(&*response.id) : nullptr;
  const auto found = id ? asked_.find(*id) : asked_.end();
  if (found == asked_.end()) return;  // late, or answered twice
  if (!found->second->response) found->second->response = std::move(response);
  found->second->changed.notify();
}

std::shared_ptr<OutStream> HttpSession::new_stream() {
  auto stream = std::make_shared<OutStream>(executor_, std::to_string(next_stream_++));
  recent_.push_back(stream);
  if (recent_.size() > max_recent_streams) recent_.pop_front();
  return stream;
}

std::optional<HttpSession::Place> HttpSession::place_of(std::string_view event_id) const {
  const auto dash = event_id.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto name = event_id.substr(0, dash);
  const auto number = event_id.substr(dash + 1);
  Place place;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), place.after);
  if (error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  if (name == listener_->name()) place.stream = listener_;
  for (const auto& stream : recent_) {
    if (stream->name() == name) place.stream = stream;
  }
  if (!place.stream) return std::nullopt;
  return place;
}

}  // namespace convoke::mcp
