#include "mcp/server/legacy_session.hpp"

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

std::unexpected<jsonrpc::ErrorObject> refuse(int code, std::string why) {
  return std::unexpected(jsonrpc::ErrorObject{code, std::move(why), std::nullopt});
}

/// Extensions were not known yet.
ServerCapabilities as_legacy(ServerCapabilities capabilities) {
  capabilities.extensions.clear();
  return capabilities;
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

  Caller caller{.revision = revision(), .capabilities = client_, .log_level = log_level_};
  const json::value* meta = params.if_contains("_meta");
  const json::value* token = meta ? find(*meta, meta_key::progress_token) : nullptr;
  if (token) caller.progress_token = *token;
  RequestContext context(std::move(caller), peer);
  co_return co_await methods_.answer(context, std::move(method), std::move(params));
}

Answer LegacySession::initialize(const json::object& params) {
  if (initialized()) return refuse(error_code::invalid_request, "the session is initialized already");
  const auto wanted = revision_named(string_or_empty(params, "protocolVersion"));
  const bool speaks = wanted && era_of(*wanted) == Era::legacy;
  revision_ = speaks ? *wanted : newest_legacy;
  client_ = client_capabilities_from(fields::object_or_empty(params, "capabilities"));
  json::object result{{"protocolVersion", name_of(*revision_)},
                      {"capabilities", to_json(as_legacy(server_.capabilities()))},
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
  subscribed_.insert(uri);
  return json::object{};
}

std::optional<jsonrpc::Notification> LegacySession::notification_of(Change change, const std::string& uri) const {
  if (!initialized()) return std::nullopt;
  switch (change) {
    case Change::tools: return jsonrpc::Notification{"notifications/tools/list_changed", {}};
    case Change::prompts: return jsonrpc::Notification{"notifications/prompts/list_changed", {}};
    case Change::resources: return jsonrpc::Notification{"notifications/resources/list_changed", {}};
    case Change::resource: break;
  }
  if (!subscribed_.contains(uri)) return std::nullopt;
  return jsonrpc::Notification{"notifications/resources/updated", {{"uri", uri}}};
}

}  // namespace convoke::mcp
