#include "mcp/server/http_endpoint.hpp"

#include "base/random.hpp"
#include "mcp/server/http_checks.hpp"
#include "mcp/server/http_replies.hpp"

namespace convoke::mcp {

namespace {

bool is_legacy_date(std::string_view version) {
  const auto revision = revision_named(version);
  return revision && era_of(*revision) == Era::legacy;
}

/// Each message says of itself whether it is modern; only a header may do so too (never Mcp-Method, which legacy
/// clients have been seen to send).
bool is_modern(const jsonrpc::Message& message, const net::Headers& headers) {
  const auto version = net::find_header(headers, "MCP-Protocol-Version");
  if (version && !is_legacy_date(*version)) return true;
  const auto* request = std::get_if<jsonrpc::Request>(&message);
  return request && ModernServer::speaks(request->params);
}

}  // namespace

HttpEndpoint::HttpEndpoint(Executor executor, Server& server, HttpEndpointOptions options, Log log)
    : executor_(executor),
      server_(server),
      options_(std::move(options)),
      log_(log),
      tasks_(executor, log),
      tool_tasks_(executor, log),
      task_desk_(executor, server, tool_tasks_),
      modern_(server, task_desk_) {}

HttpEndpoint::~HttpEndpoint() = default;

Task<> HttpEndpoint::run(Task<> body) { return tasks_.run(tool_tasks_.run(std::move(body))); }

Task<net::ServerResponse> HttpEndpoint::handle(net::ServerRequest request) {
  if (options_.checks_host && !comes_from_allowed_host(request.headers, options_.hosts, options_.origins)) {
    co_return refusal(403, error_code::invalid_request, "this host or origin is not allowed here");
  }
  if (request.method == "POST") co_return co_await post(std::move(request));
  const auto version = net::find_header(request.headers, "MCP-Protocol-Version");
  const bool legacy = !version || is_legacy_date(*version);
  if (legacy && request.method == "GET") co_return get_legacy(request);
  if (legacy && request.method == "DELETE") co_return end_session(request);
  co_return no_stream_here();
}

Task<net::ServerResponse> HttpEndpoint::post(net::ServerRequest request) {
  if (!is_json(request.headers)) co_return refusal(415, error_code::invalid_request, "the body must be JSON");
  auto message = jsonrpc::parse_message(request.body);
  if (!message) co_return refusal(400, message.error().error, message.error().id);
  if (tasks_.size() >= options_.max_requests) {
    co_return refusal(503, error_code::internal_error, "too many requests are under way");
  }
  if (is_modern(*message, request.headers)) co_return co_await post_modern(*std::move(message), std::move(request));
  co_return co_await post_legacy(*std::move(message), std::move(request));
}

Task<net::ServerResponse> HttpEndpoint::post_legacy(jsonrpc::Message message, net::ServerRequest request) {
  auto* call = std::get_if<jsonrpc::Request>(&message);
  if (call && call->method == "initialize") co_return co_await initialize(std::move(*call));
  auto session = session_of(request.headers);
  if (!session) co_return std::move(session).error();
  if (call) {
    co_return co_await answer_legacy(*session, std::move(*call), accepts_event_stream(request.headers));
  }
  if (const auto* notification = std::get_if<jsonrpc::Notification>(&message)) (*session)->take(*notification);
  if (auto* response = std::get_if<jsonrpc::Response>(&message)) (*session)->take(std::move(*response));
  co_return accepted();
}

Task<net::ServerResponse> HttpEndpoint::initialize(jsonrpc::Request request) {
  forget_idle_sessions();
  if (sessions_.size() >= options_.max_sessions) {
    co_return refusal(503, error_code::internal_error, "too many sessions are open", request.id);
  }
  const auto session = std::make_shared<HttpSession>(executor_, server_, task_desk_, ++sessions_begun_);
  auto stream = session->new_stream();
  co_await session->answer(std::move(request), stream);
  auto reply = json_reply(200, *stream->response());
  if (!session->legacy().initialized()) co_return reply;
  const std::string id = random_id("mcp-");
  sessions_.emplace(id, session);
  reply.headers.emplace_back("Mcp-Session-Id", id);
  co_return reply;
}

Task<net::ServerResponse> HttpEndpoint::answer_legacy(std::shared_ptr<HttpSession> session, jsonrpc::Request request,
                                                      bool may_stream) {
  if (session->is_at_work(request.id)) {
    co_return refusal(400, error_code::invalid_request, "a request with this id is under way", request.id);
  }
  const auto stream = session->new_stream();
  // The task holds the session: ending that does not end the request.
  const auto work = [](std::shared_ptr<HttpSession> s, jsonrpc::Request r, std::shared_ptr<OutStream> out) -> Task<> {
    co_await s->answer(std::move(r), std::move(out));
  };
  tasks_.spawn("mcp.http_request", work(session, std::move(request), stream));
  while (!stream->is_finished() && !(may_stream && stream->has_messages())) co_await stream->changed(Deadline::max());
  if (!may_stream || !stream->has_messages()) co_return json_reply(200, *stream->response());
  const bool priming = session->legacy().revision() >= Revision::v2025_11_25;
  co_return event_stream_reply(stream, 0, priming);
}

net::ServerResponse HttpEndpoint::get_legacy(const net::ServerRequest& request) {
  if (!accepts_event_stream(request.headers)) return no_stream_here();
  auto session = session_of(request.headers);
  if (!session) return std::move(session).error();
  const bool priming = (*session)->legacy().revision() >= Revision::v2025_11_25;
  if (const auto last = net::find_header(request.headers, "Last-Event-ID")) {
    const auto place = (*session)->place_of(*last);
    if (!place) return refusal(400, error_code::invalid_request, "there is no stream with this event id any more");
    return event_stream_reply(place->stream, place->after, priming);
  }
  const auto& listener = (*session)->listener();
  if (listener->has_reader()) return refusal(409, error_code::invalid_request, "the session has a stream already");
  return event_stream_reply(listener, 0, priming);
}

net::ServerResponse HttpEndpoint::end_session(const net::ServerRequest& request) {
  auto session = session_of(request.headers);
  if (!session) return std::move(session).error();
  sessions_.erase(std::string(*net::find_header(request.headers, "Mcp-Session-Id")));
  return {.status = 204};
}

std::expected<std::shared_ptr<HttpSession>, net::ServerResponse> HttpEndpoint::session_of(const net::Headers& headers) {
  const auto id = net::find_header(headers, "Mcp-Session-Id");
  if (!id) return std::unexpected(refusal(400, error_code::invalid_request, "Mcp-Session-Id is missing"));
  const auto found = sessions_.find(std::string(*id));
  if (found == sessions_.end()) {
    return std::unexpected(refusal(404, error_code::invalid_request, "there is no such session (any more)"));
  }
  found->second->touch();
  return found->second;
}

void HttpEndpoint::forget_idle_sessions() {
  const auto oldest = SteadyClock::now() - options_.session_idle_limit;
  std::erase_if(sessions_, [&](const auto& entry) {
    const HttpSession& session = *entry.second;
    return session.last_used() < oldest && session.requests() == 0 && !session.listener()->has_reader();
  });
}

}  // namespace convoke::mcp
