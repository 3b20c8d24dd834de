// The modern half: every request stands for itself, and a client that leaves has cancelled its request.
#include "mcp/server/http_checks.hpp"
#include "mcp/server/http_endpoint.hpp"
#include "mcp/server/http_replies.hpp"

namespace convoke::mcp {

namespace {

/// A silent handler gets this long to answer in plain JSON. Then a stream is opened, if only to notice when the client
/// leaves.
constexpr auto silence_before_stream = 1s;

/// What a handler says goes to its stream. There is no way to ask a modern client on the way.
class StreamPeer final : public Peer {
 public:
  explicit StreamPeer(OutStream& stream) : stream_(stream) {}

  Task<> notify(jsonrpc::Notification notification) override {
    stream_.push(std::move(notification));
    co_await yield_to_loop();
  }
  Task<Result<jsonrpc::Response>> ask(std::string, json::object) override {
    co_return fail(Errc::internal, "a modern client is not asked by request");
  }

 private:
  OutStream& stream_;
};

/// Row by row as the specification orders the checks; the first that fails answers.
std::optional<net::ServerResponse> refuse_modern(const ModernServer& server, const jsonrpc::Request& request,
                                                 const net::Headers& headers) {
  const auto said = ModernServer::envelope(request.params);
  if (!said) return refusal(400, said.error(), request.id);
  if (auto problem = version_mismatch(said->version, headers)) return refusal(400, *problem, request.id);
  if (auto problem = ModernServer::version_problem(said->version)) return refusal(400, *problem, request.id);
  const bool calls_tool = request.method == "tools/call";
  const Tool* tool = calls_tool ? server.methods().tool(string_or_empty(request.params, "name")) : nullptr;
  if (auto problem = header_mismatch(request, headers, tool)) return refusal(400, *problem, request.id);
  if (!server.knows(request.method)) {
    return refusal(404, error_code::method_not_found, "no method '" + request.method + "'", request.id);
  }
  return std::nullopt;
}

int status_of(const jsonrpc::Response& response) {
  const bool lacks_capability =
      !response.outcome && response.outcome.error().code == error_code::missing_client_capability;
  return lacks_capability ? 400 : 200;
}

}  // namespace

Task<net::ServerResponse> HttpEndpoint::post_modern(jsonrpc::Message message, net::ServerRequest request) {
  if (std::holds_alternative<jsonrpc::Notification>(message)) co_return accepted();
  auto* call = std::get_if<jsonrpc::Request>(&message);
  if (!call) co_return refusal(400, error_code::invalid_request, "a modern client sends no responses");
  if (auto refused = refuse_modern(modern_, *call, request.headers)) co_return *std::move(refused);
  if (call->method == "subscriptions/listen") co_return listen_modern(std::move(*call));
  co_return co_await answer_modern(std::move(*call), accepts_event_stream(request.headers));
}

Task<net::ServerResponse> HttpEndpoint::answer_modern(jsonrpc::Request request, bool may_stream) {
  // Shared by the task that answers and the connection that shows it: either may end first.
  const auto stream = std::make_shared<OutStream>(executor_);
  const auto abandoned = std::make_shared<Signal>(executor_);
  tasks_.spawn("mcp.http_request", work_on(std::move(request), stream, abandoned));

  const Deadline patience = may_stream ? SteadyClock::now() + silence_before_stream : Deadline::max();
  while (!stream->is_finished() && !(may_stream && stream->has_messages())) {
    const bool in_time = co_await stream->changed(patience);
    if (!in_time) break;
  }
  if (stream->is_finished() && (!stream->has_messages() || !may_stream)) {
    co_return json_reply(status_of(*stream->response()), *stream->response());
  }
  co_return event_stream_reply(stream, 0, false, [abandoned] { abandoned->notify(); });
}

Task<> HttpEndpoint::work_on(jsonrpc::Request request, std::shared_ptr<OutStream> stream,
                             std::shared_ptr<Signal> abandoned) {
  using namespace asio::experimental::awaitable_operators;
  StreamPeer peer(*stream);
  auto first = co_await (modern_.answer(std::move(request), peer) || abandoned->wait());
  if (first.index() == 0) stream->finish(std::get<0>(std::move(first)));
}

net::ServerResponse HttpEndpoint::listen_modern(jsonrpc::Request request) {
  const auto stream = std::make_shared<OutStream>(executor_);
  const json::object filter = modern_.accepted_filter(request.params);
  stream->push(ModernServer::acknowledgement(filter, request.id));
  auto tell = [this, stream, filter, id = request.id](Change change, const std::string& which) {
    if (const auto told = modern_.notification_of(change, which, filter, id)) stream->push(*told);
  };
  // Listens for as long as the answer is being shown, that is until the client leaves.
  struct Held {
    std::unique_ptr<ChangeListener> changes;
    std::vector<std::unique_ptr<ResourceInterests::Interest>> interests;
  };
  const auto held = std::make_shared<const Held>(server_.listen(std::move(tell)), modern_.interests(filter));
  return event_stream_reply(stream, 0, false, [held] {});
}

}  // namespace convoke::mcp
