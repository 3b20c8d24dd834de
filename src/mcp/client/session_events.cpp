// What the server sends without being asked, and, in the modern era, how it is asked to.
#include "mcp/client/session.hpp"
#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

template <class... Arguments>
void tell(const std::function<void(Arguments...)>& listener, const auto&... arguments) {
  if (listener) listener(arguments...);
}

}  // namespace

void Session::take(jsonrpc::Message message) {
  if (const auto* notification = std::get_if<jsonrpc::Notification>(&message)) return take_notification(*notification);
  if (auto* request = std::get_if<jsonrpc::Request>(&message)) return take_request(std::move(*request));
}

void Session::take_request(jsonrpc::Request request) {
  if (era() == Era::legacy && tasks_) {
    return tasks_->spawn("mcp.host_request", host_.answer_and_send(std::move(request), asking_host()));
  }
  // A modern server asks within its results; answering here would put a response on a stream that carries none.
  log_.warning("mcp.request_ignored", {{"method", request.method}});
}

void Session::take_notification(const jsonrpc::Notification& notification) {
  const std::string& method = notification.method;
  const json::object& params = notification.params;
  const ClientEvents& events = options_.events;
  if (method == "notifications/progress") return take_progress(params);
  if (method == "notifications/tools/list_changed") {
    cache_.forget("tools/list");
    return tell(events.on_tools_changed);
  }
  if (method == "notifications/prompts/list_changed") {
    cache_.forget("prompts/list");
    return tell(events.on_prompts_changed);
  }
  if (method == "notifications/resources/list_changed") {
    cache_.forget("resources/list");
    cache_.forget("resources/templates/list");
    return tell(events.on_resources_changed);
  }
  if (method == "notifications/resources/updated") {
    const auto uri = string_or_empty(params, "uri");
    cache_.forget_resource(uri);
    return tell(events.on_resource_updated, uri);
  }
  if (method == "notifications/message") return take_log(params);
  if (method == "notifications/cancelled") {
    const auto id = jsonrpc::id_from(find(params, "requestId"));
    if (id) host_.forget(*id);
  }
}

void Session::take_log(const json::object& params) {
  const json::value* data = find(params, "data");
  const auto level = logging_level_named(string_or_empty(params, "level")).value_or(LoggingLevel::info);
  const LogMessage message{level, string_or_empty(params, "logger"), data ? *data : json::value()};
  if (options_.events.on_log) options_.events.on_log(message);
  if (logs_.size() != 1) return;
  const auto listener = logs_.begin()->second;  // a copy: it may end the call
  listener(message);
}

void Session::take_progress(const json::object& params) {
  const auto token = find_integer(params, "progressToken");
  const auto waiting = token ? progress_.find(*token) : progress_.end();
  if (waiting == progress_.end()) return;
  const auto progress = fields::number(params, "progress");
  if (!progress) return;
  // A copy: the listener may end the call, and with it the entry.
  const auto listener = waiting->second;
  listener({*progress, fields::number(params, "total"), string_or_empty(params, "message")});
}

void Session::watch(std::string uri, bool wanted) {
  std::erase(watched_, uri);
  if (wanted) watched_.push_back(std::move(uri));
  watched_changed_.notify();
}

json::object Session::listen_filter() const {
  const ClientEvents& events = options_.events;
  const ServerCapabilities& offered = server.capabilities;
  json::object filter;
  if (events.on_tools_changed && offered.tools_list_changed) filter["toolsListChanged"] = true;
  if (events.on_prompts_changed && offered.prompts_list_changed) filter["promptsListChanged"] = true;
  if (events.on_resources_changed && offered.resources_list_changed) filter["resourcesListChanged"] = true;
  fields::put(filter, "resourceSubscriptions", watched_);
  return filter;
}

Task<> Session::listen() {
  constexpr auto first_pause = 1s;
  constexpr auto longest_pause = 60s;
  std::chrono::seconds pause = first_pause;
  for (;;) {
    const auto started = SteadyClock::now();
    const auto ended = co_await listen_until_changed();
    if (ended) continue;
    if (ended.error().code == Errc::not_found || ended.error().code == Errc::invalid_input) {
      log_.info("mcp.listen_refused", {{"reason", ended.error().message}});
      co_return;
    }
    if (SteadyClock::now() - started > longest_pause) pause = first_pause;
    co_await sleep_for(pause);
    pause = std::min<std::chrono::seconds>(pause * 2, longest_pause);
    // What happened meanwhile is unknown: the lists may be others now.
    cache_.forget_all();
    tell(options_.events.on_tools_changed);
    tell(options_.events.on_prompts_changed);
    tell(options_.events.on_resources_changed);
  }
}

Task<Result<void>> Session::listen_until_changed() {
  using namespace asio::experimental::awaitable_operators;
  json::object filter = listen_filter();
  if (filter.empty()) {
    co_await watched_changed_.wait();
    co_return Result<void>{};
  }
  json::object params{{"notifications", std::move(filter)}};
  const CallOptions for_ever;
  auto first = co_await (exchange("subscriptions/listen", std::move(params), for_ever) || watched_changed_.wait());
  if (first.index() == 1) co_return Result<void>{};
  const auto& ended = std::get<0>(first);
  if (!ended) co_return fail(ended.error());
  if (!ended->outcome) co_return fail(error_from(ended->outcome.error()));
  co_return fail(Errc::unavailable, "the server ended the subscription");
}

}  // namespace convoke::mcp
