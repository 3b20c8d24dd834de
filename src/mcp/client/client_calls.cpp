// The typed methods: each says which method it is, and how to read what comes.
#include "mcp/client/client_state.hpp"
#include "mcp/client/paging.hpp"

namespace convoke::mcp {

namespace {

std::unexpected<Error> not_connected() { return fail(Errc::unavailable, "not connected"); }

}  // namespace

Task<Result<std::vector<Tool>>> Client::list_tools(CallOptions options) {
  if (!connected()) co_return not_connected();
  if (!server().capabilities.tools) co_return std::vector<Tool>{};
  co_return co_await state_->session.list_tools(std::move(options));
}

Task<Result<std::vector<Prompt>>> Client::list_prompts(CallOptions options) {
  if (!connected()) co_return not_connected();
  if (!server().capabilities.prompts) co_return std::vector<Prompt>{};
  Listing<Prompt> listing{"prompts/list", "prompts", prompt_from};
  co_return co_await list_all(state_->session, std::move(listing), std::move(options));
}

Task<Result<std::vector<Resource>>> Client::list_resources(CallOptions options) {
  if (!connected()) co_return not_connected();
  if (!server().capabilities.resources) co_return std::vector<Resource>{};
  Listing<Resource> listing{"resources/list", "resources", resource_from};
  co_return co_await list_all(state_->session, std::move(listing), std::move(options));
}

Task<Result<std::vector<ResourceTemplate>>> Client::list_resource_templates(CallOptions options) {
  if (!connected()) co_return not_connected();
  if (!server().capabilities.resources) co_return std::vector<ResourceTemplate>{};
  Listing<ResourceTemplate> listing{"resources/templates/list", "resourceTemplates", resource_template_from};
  auto listed = co_await list_all(state_->session, std::move(listing), std::move(options));
  // Many servers with resources know no templates, and say so by not knowing the method.
  if (!listed && listed.error().code == Errc::not_found) co_return std::vector<ResourceTemplate>{};
  co_return listed;
}

Task<Result<CallToolResult>> Client::call_tool(std::string name, json::object arguments, CallOptions options) {
  if (!connected()) co_return not_connected();
  Session& session = state_->session;
  options.deadline = session.deadline_of(options);
  if (!session.is_prepared_for(name)) CO_CHECK(co_await session.prepare_call(name, options));
  const bool must = session.must_be_task(name);
  co_return co_await session.finish_call(std::move(name), std::move(arguments), must, std::move(options));
}

Task<Result<GetPromptResult>> Client::get_prompt(std::string name, PromptArguments arguments, CallOptions options) {
  if (!connected()) co_return not_connected();
  json::object params{{"name", name}};
  if (!arguments.empty()) params["arguments"] = to_json(arguments);
  CO_TRY(const auto result, co_await state_->session.request("prompts/get", std::move(params), std::move(options)));
  co_return get_prompt_result_from(result);
}

Task<Result<ReadResourceResult>> Client::read_resource(std::string uri, CallOptions options) {
  if (!connected()) co_return not_connected();
  json::object params{{"uri", uri}};
  CO_TRY(const auto result, co_await state_->session.request("resources/read", std::move(params), std::move(options)));
  co_return read_resource_result_from(result);
}

Task<Result<Completion>> Client::complete(CompletionRequest request, CallOptions options) {
  if (!connected()) co_return not_connected();
  CO_TRY(const auto result,
         co_await state_->session.request("completion/complete", to_json(request), std::move(options)));
  co_return completion_from(result);
}

Task<Result<void>> Client::ping(CallOptions options) {
  if (!connected()) co_return not_connected();
  std::string method = state_->session.era() == Era::legacy ? "ping" : "server/discover";
  CO_CHECK(co_await state_->session.request(std::move(method), {}, std::move(options)));
  co_return Result<void>{};
}

Task<Result<void>> Client::set_log_level(LoggingLevel level, CallOptions options) {
  if (!connected()) co_return not_connected();
  state_->session.log_level = level;
  if (state_->session.era() == Era::modern) co_return Result<void>{};  // said in every request from now on
  json::object params{{"level", name_of(level)}};
  CO_CHECK(co_await state_->session.request("logging/setLevel", std::move(params), std::move(options)));
  co_return Result<void>{};
}

Task<Result<void>> Client::subscribe_resource(std::string uri, CallOptions options) {
  if (!connected()) co_return not_connected();
  if (state_->session.era() == Era::modern) {
    state_->session.watch(std::move(uri), true);
    co_return Result<void>{};
  }
  json::object params{{"uri", uri}};
  CO_CHECK(co_await state_->session.request("resources/subscribe", std::move(params), std::move(options)));
  co_return Result<void>{};
}

Task<Result<void>> Client::unsubscribe_resource(std::string uri, CallOptions options) {
  if (!connected()) co_return not_connected();
  if (state_->session.era() == Era::modern) {
    state_->session.watch(std::move(uri), false);
    co_return Result<void>{};
  }
  json::object params{{"uri", uri}};
  CO_CHECK(co_await state_->session.request("resources/unsubscribe", std::move(params), std::move(options)));
  co_return Result<void>{};
}

Task<Result<void>> Client::roots_changed() {
  if (!connected()) co_return not_connected();
  if (state_->session.era() == Era::modern) co_return Result<void>{};  // asked afresh whenever they matter
  co_return co_await state_->session.notify("notifications/roots/list_changed", {});
}

Task<Result<json::object>> Client::request(std::string method, json::object params, CallOptions options) {
  if (!connected()) co_return not_connected();
  co_return co_await state_->session.request(std::move(method), std::move(params), std::move(options));
}

}  // namespace convoke::mcp
