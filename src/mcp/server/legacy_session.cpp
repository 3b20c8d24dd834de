#include "mcp/server/legacy_session.hpp"

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

std::unexpected<jsonrpc::ErrorObject> refuse(int code, std::string why) {
  return std::unexpected(jsonrpc::ErrorObject{code, std::move(why), std::nullopt});
}

bool is_task_method(const std::string& method) {
  return method == "tasks/get" || method == "tasks/result" || method == "tasks/list" || method == "tasks/cancel";
}

}  // namespace

Task<jsonrpc::Response> LegacySession::answer(jsonrpc::Request request, Peer& peer) {
  jsonrpc::Id id = std::move(request.id);
  auto answer = co_await dispatch(std::move(request.method), std::move(request.params), peer);
  co_return jsonrpc::Response{std::move(id), std::move(answer)};
}

Task<Answer> LegacySession::dispatch(std::string method, json::object params, Peer& peer) {
  if (method == "ping") co_return json::object{};
  if (method == "initialize") co_return initialize(params);
  if (!initialized()) co_return refuse(error_code::invalid_request, "the first request must be 'initialize'");
  if (method == "logging/setLevel") co_return set_level(params);
  const bool may_subscribe = server_.capabilities().resources_subscribe;
  if (method == "resources/subscribe" && may_subscribe) co_return subscribe(params, true);
  if (method == "resources/unsubscribe" && may_subscribe) co_return subscribe(params, false);

  Caller caller{
      .revision = revision(), .capabilities = client_, .log_level = log_level_, .trace = trace_context_in(params)};
  const json::value* meta = params.if_contains("_meta");
  const json::value* token = meta ? find(*meta, meta_key::progress_token) : nullptr;
  if (token) caller.progress_token = *token;
  if (is_task_method(method) && capabilities().tasks) {
    co_return co_await tasks_.legacy(number_, std::move(method), std::move(params), peer);
  }
  if (method == "tools/call") {
    const Tool* tool = methods_.tool(string_or_empty(params, "name"));
    const bool as_task = revision() == Revision::v2025_11_25 && find_object(params, "task");
    if (auto problem = task_problem(tool, as_task)) co_return std::unexpected(*std::move(problem));
    if (tool && as_task) co_return create_task(std::move(caller), std::move(params), peer);
  }
  RequestContext context(std::move(caller), peer);
  co_return co_await methods_.answer(context, std::move(method), std::move(params));
}

std::optional<jsonrpc::ErrorObject> LegacySession::task_problem(const Tool* tool, bool as_task) const {
  if (!tool) return std::nullopt;
  if (as_task && tool->task_support == TaskSupport::forbidden) {
    return jsonrpc::ErrorObject{error_code::method_not_found, "'" + tool->name + "' cannot be called as a task"};
  }
  if (!as_task && tool->task_support == TaskSupport::required) {
    return jsonrpc::ErrorObject{error_code::method_not_found, "'" + tool->name + "' can only be called as a task"};
  }
  return std::nullopt;
}

Answer LegacySession::create_task(Caller caller, json::object params, Peer& peer) {
  const auto wanted = find_integer(params.at("task"), "ttl");
  std::optional<std::chrono::milliseconds> ttl;
  if (wanted && *wanted >= 0) ttl = std::chrono::milliseconds(*wanted);
  auto begun = tasks_.begin_task(number_, std::move(caller), peer, std::move(params), ttl);
  if (!begun) return std::unexpected(error_object(begun.error()));
  return json::object{{"task", legacy_summary((*begun)->report())}};
}

ServerCapabilities LegacySession::capabilities() const {
  ServerCapabilities capabilities = server_.capabilities();
  capabilities.extensions.clear();  // they were not known yet
  capabilities.tasks = capabilities.tasks && revision() == Revision::v2025_11_25;
  return capabilities;
}

Answer LegacySession::initialize(const json::object& params) {
  if (initialized()) return refuse(error_code::invalid_request, "the session is initialized already");
  const auto wanted = revision_named(string_or_empty(params, "protocolVersion"));
  const bool speaks = wanted && era_of(*wanted) == Era::legacy;
  revision_ = speaks ? *wanted : newest_legacy;
  client_ = client_capabilities_from(fields::object_or_empty(params, "capabilities"));
  json::object result{{"protocolVersion", name_of(*revision_)},
                      {"capabilities", to_json(capabilities())},
                      {"serverInfo", to_json(server_.info())}};
  fields::put(result, "instructions", server_.options().instructions);
  return result;
}

Answer LegacySession::set_level(const json::object& params) {
  const auto level = logging_level_named(string_or_empty(params, "level"));
  if (!level) return refuse(error_code::invalid_params, "'level' is none of the log levels");
  log_level_ = *level;
  return json::object{};
}

Answer LegacySession::subscribe(const json::object& params, bool wanted) {
  const auto uri = string_or_empty(params, "uri");
  if (uri.empty()) return refuse(error_code::invalid_params, "'uri' is missing");
  if (!wanted) {
    subscribed_.erase(uri);
    return json::object{};
  }
  constexpr std::size_t max_subscriptions = 10'000;
  if (subscribed_.size() >= max_subscriptions) return refuse(error_code::internal_error, "too many subscriptions");
  if (!subscribed_.contains(uri)) subscribed_.emplace(uri, server_.interest_in(uri));
  return json::object{};
}

std::optional<jsonrpc::Notification> LegacySession::notification_of(Change change, const std::string& which) const {
  if (!initialized()) return std::nullopt;
  switch (change) {
    case Change::tools: return jsonrpc::Notification{"notifications/tools/list_changed", {}};
    case Change::prompts: return jsonrpc::Notification{"notifications/prompts/list_changed", {}};
    case Change::resources: return jsonrpc::Notification{"notifications/resources/list_changed", {}};
    case Change::resource:
      if (!subscribed_.contains(which)) return std::nullopt;
      return jsonrpc::Notification{"notifications/resources/updated", {{"uri", which}}};
    case Change::task: break;
  }
  const auto task = tasks_.find(number_, which);
  if (!task) return std::nullopt;
  return jsonrpc::Notification{"notifications/tasks/status", legacy_summary(task->report())};
}

}  // namespace convoke::mcp
