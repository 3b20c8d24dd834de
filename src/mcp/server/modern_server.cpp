#include "mcp/server/modern_server.hpp"

#include <array>

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

json::array supported_versions() {
  json::array versions;
  for (const Revision revision : all_revisions) versions.push_back(json::string(name_of(revision)));
  std::ranges::reverse(versions);
  return versions;
}

bool is_cacheable(const std::string& method) {
  static constexpr std::array<std::string_view, 6> cacheable{
      "server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"};
  return std::ranges::find(cacheable, method) != cacheable.end();
}

bool takes_input(const std::string& method) {
  return method == "tools/call" || method == "prompts/get" || method == "resources/read";
}

std::unexpected<jsonrpc::ErrorObject> refuse(int code, std::string why, std::optional<json::value> data = {}) {
  return std::unexpected(jsonrpc::ErrorObject{code, std::move(why), std::move(data)});
}

std::unexpected<jsonrpc::ErrorObject> lacks(json::object capabilities) {
  return refuse(error_code::missing_client_capability, "the request needs a capability the client did not declare",
                json::object{{"requiredCapabilities", std::move(capabilities)}});
}

std::unexpected<jsonrpc::ErrorObject> lacks_tasks() {
  return lacks({{"extensions", json::object{{tasks_extension, json::object{}}}}});
}

bool is_task_method(const std::string& method) {
  return method == "tasks/get" || method == "tasks/update" || method == "tasks/cancel";
}

/// The modern era has tasks among its extensions.
ServerCapabilities as_modern(ServerCapabilities capabilities) {
  if (capabilities.tasks) capabilities.extensions[tasks_extension].emplace_object();
  capabilities.tasks = false;
  return capabilities;
}

json::object tagged(const jsonrpc::Id& subscription) {
  json::object meta;
  meta[meta_key::subscription_id] = jsonrpc::to_json(subscription);
  return {{"_meta", std::move(meta)}};
}

}  // namespace

bool ModernServer::speaks(const json::object& params) {
  const json::value* meta = params.if_contains("_meta");
  return meta && find(*meta, meta_key::protocol_version);
}

std::expected<ModernEnvelope, jsonrpc::ErrorObject> ModernServer::envelope(const json::object& params) {
  const json::value* meta = params.if_contains("_meta");
  if (!meta || !meta->is_object()) return refuse(error_code::invalid_params, "params._meta must be an object");
  const auto version = find_string(*meta, meta_key::protocol_version);
  if (!version) return refuse(error_code::invalid_params, "_meta must say the protocol version");
  const json::value* capabilities = find(*meta, meta_key::client_capabilities);
  if (!capabilities || !capabilities->is_object()) {
    return refuse(error_code::invalid_params, "_meta must say the client's capabilities");
  }
  ModernEnvelope envelope{std::string(*version)};
  envelope.caller.capabilities = client_capabilities_from(*capabilities);
  envelope.caller.log_level = logging_level_named(string_or_empty(*meta, meta_key::log_level));
  envelope.caller.trace = trace_context_in(params);
  if (const json::value* token = find(*meta, meta_key::progress_token)) envelope.caller.progress_token = *token;
  return envelope;
}

std::optional<jsonrpc::ErrorObject> ModernServer::version_problem(const std::string& version) {
  if (version == name_of(newest_modern)) return std::nullopt;
  return jsonrpc::ErrorObject{error_code::unsupported_protocol_version, "unsupported protocol version",
                              json::object{{"supported", supported_versions()}, {"requested", version}}};
}

bool ModernServer::knows(const std::string& method) const {
  if (is_task_method(method)) return server_.capabilities().tasks;
  return method == "server/discover" || method == "subscriptions/listen" || methods_.knows(method);
}

json::object ModernServer::discover() const {
  json::object result{{"supportedVersions", supported_versions()},
                      {"capabilities", to_json(as_modern(server_.capabilities()))}};
  fields::put(result, "instructions", server_.options().instructions);
  return result;
}

json::object ModernServer::complete(const std::string& method, json::object result) const {
  result["resultType"] = "complete";
  if (is_cacheable(method)) {
    result["ttlMs"] = server_.options().cache_for.count();
    result["cacheScope"] = server_.options().share_cache ? "public" : "private";
  }
  json::value& meta = result["_meta"];
  if (!meta.is_object()) meta.emplace_object();
  meta.as_object()[meta_key::server_info] = to_json(server_.info());
  return result;
}

Task<jsonrpc::Response> ModernServer::answer(jsonrpc::Request request, Peer& peer) {
  jsonrpc::Id id = std::move(request.id);
  auto said = envelope(request.params);
  if (!said) co_return jsonrpc::Response{std::move(id), std::unexpected(said.error())};
  if (auto problem = version_problem(said->version)) {
    co_return jsonrpc::Response{std::move(id), std::unexpected(*std::move(problem))};
  }
  if (request.method == "server/discover") {
    co_return jsonrpc::result(std::move(id), complete(request.method, discover()));
  }
  auto answer =
      co_await answer_known(std::move(request.method), std::move(request.params), std::move(said->caller), peer);
  co_return jsonrpc::Response{std::move(id), std::move(answer)};
}

Task<Answer> ModernServer::answer_known(std::string method, json::object params, Caller caller, Peer& peer) {
  const json::value* state = params.if_contains("requestState");
  if (takes_input(method) && state) {
    auto earlier = seal_.open(state->is_string() ? std::string_view(state->as_string()) : std::string_view(), method,
                              params, std::chrono::system_clock::now());
    if (!earlier) co_return refuse(error_code::invalid_params, earlier.error().message);
    caller.earlier_answers = *std::move(earlier);
  }
  if (const json::object* responses = find_object(params, "inputResponses")) caller.input_responses = *responses;

  if (is_task_method(method)) co_return about_task(method, params, caller);
  const Tool* tool = method == "tools/call" ? methods_.tool(string_or_empty(params, "name")) : nullptr;
  const TaskSupport support = tool ? tool->task_support : TaskSupport::forbidden;
  if (support == TaskSupport::required && !caller.capabilities.tasks) co_return lacks_tasks();
  if (support != TaskSupport::forbidden && caller.capabilities.tasks) {
    co_return co_await call_as_task(std::move(params), std::move(caller), peer);
  }
  RequestContext context(std::move(caller), peer);
  auto answer = co_await methods_.answer(context, method, params);
  co_return ended(context, std::move(answer), method, params);
}

Answer ModernServer::about_task(const std::string& method, const json::object& params, const Caller& caller) {
  if (!caller.capabilities.tasks) return lacks_tasks();
  auto answer = tasks_.modern(method, params);
  if (!answer) return answer;
  return complete(method, *std::move(answer));
}

Task<Answer> ModernServer::call_as_task(json::object params, Caller caller, Peer& peer) {
  const auto begun = tasks_.begin(0, std::move(caller), peer, params);
  if (!begun) co_return std::unexpected(error_object(begun.error()));
  const std::shared_ptr<ToolTask> task = *begun;
  const StopUnlessTask stop_unless_task(tasks_, *task);
  co_await task->settled();
  if (!task->is_task()) co_return ended(task->context(), *task->answer(), "tools/call", params);
  json::object created = modern_summary(task->report());
  created["resultType"] = "task";
  co_return created;
}

Answer ModernServer::ended(RequestContext& context, Answer answer, const std::string& method,
                           const json::object& params) {
  if (!context.missing_capabilities().empty()) return lacks(context.missing_capabilities());
  if (!context.wanted().empty()) return input_required(context, method, params);
  if (!answer) return answer;
  return complete(method, *std::move(answer));
}

json::object ModernServer::input_required(const RequestContext& context, const std::string& method,
                                          const json::object& params) {
  const auto expires = std::chrono::system_clock::now() + server_.options().input_valid_for;
  return {{"resultType", "input_required"},
          {"inputRequests", to_json(context.wanted())},
          {"requestState", seal_.seal(context.answers(), method, params, expires)}};
}

json::object ModernServer::accepted_filter(const json::object& params) const {
  const json::value* asked = params.if_contains("notifications");
  json::object accepted;
  if (!asked) return accepted;
  const ServerCapabilities offered = server_.capabilities();
  const auto take = [&](std::string_view kind, bool is_offered) {
    if (is_offered && find_bool(*asked, kind).value_or(false)) accepted[kind] = true;
  };
  take("toolsListChanged", offered.tools_list_changed);
  take("promptsListChanged", offered.prompts_list_changed);
  take("resourcesListChanged", offered.resources_list_changed);
  if (offered.resources_subscribe) {
    fields::put(accepted, "resourceSubscriptions", fields::strings(*asked, "resourceSubscriptions"));
  }
  auto task_ids = fields::strings(*asked, "taskIds");
  std::erase_if(task_ids, [&](const std::string& id) { return !tasks_.find(0, id); });
  fields::put(accepted, "taskIds", task_ids);
  return accepted;
}

std::vector<std::unique_ptr<ResourceInterests::Interest>> ModernServer::interests(const json::object& filter) const {
  std::vector<std::unique_ptr<ResourceInterests::Interest>> held;
  for (const std::string& uri : fields::strings(filter, "resourceSubscriptions")) {
    held.push_back(server_.interest_in(uri));
  }
  return held;
}

std::optional<jsonrpc::Notification> ModernServer::notification_of(Change change, const std::string& which,
                                                                   const json::object& filter,
                                                                   const jsonrpc::Id& subscription) const {
  const auto wants = [&](std::string_view kind) { return filter.contains(kind); };
  const auto names = [&](std::string_view kind) {
    const auto listed = fields::strings(filter, kind);
    return std::ranges::find(listed, which) != listed.end();
  };
  json::object params = tagged(subscription);
  switch (change) {
    case Change::tools:
      if (!wants("toolsListChanged")) return std::nullopt;
      return jsonrpc::Notification{"notifications/tools/list_changed", std::move(params)};
    case Change::prompts:
      if (!wants("promptsListChanged")) return std::nullopt;
      return jsonrpc::Notification{"notifications/prompts/list_changed", std::move(params)};
    case Change::resources:
      if (!wants("resourcesListChanged")) return std::nullopt;
      return jsonrpc::Notification{"notifications/resources/list_changed", std::move(params)};
    case Change::resource:
      if (!names("resourceSubscriptions")) return std::nullopt;
      params["uri"] = which;
      return jsonrpc::Notification{"notifications/resources/updated", std::move(params)};
    case Change::task: break;
  }
  const auto task = names("taskIds") ? tasks_.find(0, which) : nullptr;
  if (!task) return std::nullopt;
  for (auto& [name, value] : modern_details(task->report())) params[name] = std::move(value);
  return jsonrpc::Notification{"notifications/tasks", std::move(params)};
}

jsonrpc::Notification ModernServer::acknowledgement(const json::object& filter, const jsonrpc::Id& subscription) {
  json::object params = tagged(subscription);
  params["notifications"] = filter;
  return {"notifications/subscriptions/acknowledged", std::move(params)};
}

}  // namespace convoke::mcp
