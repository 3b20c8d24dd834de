#include "mcp/server/methods.hpp"

#include <charconv>

#include "base/log.hpp"
#include "mcp/codec/base64.hpp"
#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

std::unexpected<jsonrpc::ErrorObject> refuse(int code, std::string why, std::optional<json::value> data = {}) {
  return std::unexpected(jsonrpc::ErrorObject{code, std::move(why), std::move(data)});
}

std::unexpected<jsonrpc::ErrorObject> invalid_params(std::string why) {
  return refuse(error_code::invalid_params, std::move(why));
}

/// A cursor is the place of the next item, wrapped so that nobody reads it.
std::string cursor_at(std::size_t place) { return base64url("at " + std::to_string(place)); }

std::optional<std::size_t> place_of(std::string_view cursor) {
  const auto text = from_base64url(cursor);
  if (!text || !text->starts_with("at ")) return std::nullopt;
  std::size_t place = 0;
  const auto [end, error] = std::from_chars(text->data() + 3, text->data() + text->size(), place);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return place;
}

template <class Entries>
Answer list_page(const Entries& entries, std::string_view member, const json::object& params, std::size_t page_size) {
  std::size_t place = 0;
  if (const json::value* cursor = params.if_contains("cursor")) {
    const auto known = cursor->is_string() ? place_of(cursor->as_string()) : std::nullopt;
    if (!known || *known >= entries.size()) return invalid_params("this is no cursor of ours");
    place = *known;
  }
  const std::size_t end = std::min(entries.size(), place + page_size);
  json::array items;
  for (std::size_t i = place; i < end; ++i) items.push_back(to_json(entries[i].item));
  json::object result;
  result[member] = std::move(items);
  if (end < entries.size()) result["nextCursor"] = cursor_at(end);
  return result;
}

template <class Entries>
auto named(const Entries& entries, const std::string& name) {
  return std::ranges::find_if(entries, [&](const auto& entry) { return entry.item.name == name; });
}

/// A result that is not what the tool promised becomes one that says so. What is only there in structure is said in
/// words too, for clients that read nothing else.
void hold_to(const schema::LazySchema& output, const std::string& tool, CallToolResult& result) {
  if (result.is_error) return;
  Result<void> fit = fail(Errc::invalid_input, "there is no structured content");
  if (result.structured_content) fit = output.check(*result.structured_content, tool, Log{});
  if (!fit) {
    Log{}.warning("mcp.tool_result_wrong", {{"tool", tool}, {"reason", fit.error().message}});
    result = error_result("the result is not what the tool's output schema promises: " + fit.error().message);
  } else if (result.content.empty()) {
    result.content = {text(json::serialize(*result.structured_content))};
  }
}

int code_of(Errc code) {
  switch (code) {
    case Errc::invalid_input:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::denied: return error_code::invalid_params;
    case Errc::rate_limited:
    case Errc::unavailable:
    case Errc::timed_out:
    case Errc::cancelled:
    case Errc::protocol:
    case Errc::exhausted:
    case Errc::internal: return error_code::internal_error;
  }
  std::unreachable();
}

}  // namespace

jsonrpc::ErrorObject error_object(const Error& error) { return {code_of(error.code), error.message, std::nullopt}; }

bool Methods::knows(const std::string& method) const {
  if (method == "tools/list" || method == "tools/call") return server_.capabilities().tools;
  if (method == "prompts/list" || method == "prompts/get") return server_.capabilities().prompts;
  if (method == "resources/list" || method == "resources/templates/list" || method == "resources/read") {
    return server_.capabilities().resources;
  }
  return method == "completion/complete" && server_.complete_;
}

const Tool* Methods::tool(const std::string& name) const {
  const auto found = named(server_.tools_, name);
  return found == server_.tools_.end() ? nullptr : &found->item;
}

Task<Answer> Methods::answer(RequestContext& context, std::string method, json::object params) const {
  try {
    auto answer = co_await dispatch(context, std::move(method), std::move(params));
    if (context.refusal()) co_return std::unexpected(*context.refusal());
    co_return answer;
  } catch (...) {
    if (is_cancellation(std::current_exception())) throw;
    // A handler's bug ends its request, nothing else.
    Log{}.bug("mcp.handler", std::current_exception());
  }
  co_return refuse(error_code::internal_error, "internal error");
}

Task<Answer> Methods::dispatch(RequestContext& context, std::string method, json::object params) const {
  const std::size_t page = server_.options().page_size;
  if (!knows(method)) co_return refuse(error_code::method_not_found, "no method '" + method + "'");
  if (method == "tools/list") co_return list_page(server_.tools_, "tools", params, page);
  if (method == "prompts/list") co_return list_page(server_.prompts_, "prompts", params, page);
  if (method == "resources/list") co_return list_page(server_.resources_, "resources", params, page);
  if (method == "resources/templates/list") {
    co_return list_page(server_.templates_, "resourceTemplates", params, page);
  }
  if (method == "tools/call") co_return co_await call_tool(context, std::move(params));
  if (method == "prompts/get") co_return co_await get_prompt(context, std::move(params));
  if (method == "resources/read") co_return co_await read_resource(context, std::move(params));
  co_return co_await complete(std::move(params));
}

Task<Answer> Methods::call_tool(RequestContext& context, json::object params) const {
  const std::string name = string_or_empty(params, "name");
  const auto found = named(server_.tools_, name);
  if (found == server_.tools_.end()) co_return invalid_params("no tool '" + name + "'");
  json::object arguments;
  const json::value* given = params.if_contains("arguments");
  if (given && !given->is_null()) {  // null is how the Go SDK says "none"
    if (!given->is_object()) co_return invalid_params("'arguments' must be an object");
    arguments = given->as_object();
  }
  if (const auto fit = found->input.check(arguments, name, Log{}); !fit) {
    std::string why = "the arguments do not fit the tool's schema: " + fit.error().message;
    // Since 2025-11-25 this is for the model to read, who can do better next time.
    if (context.caller().revision < Revision::v2025_11_25) co_return invalid_params(std::move(why));
    co_return to_json(error_result(std::move(why)));
  }
  // Copies: the tool may be replaced while it runs.
  const ToolHandler handler = found->handler;
  const std::optional<schema::LazySchema> output = found->output;
  auto result = co_await handler(context, std::move(arguments));
  if (!result) co_return to_json(error_result(result.error().message));
  if (output) hold_to(*output, name, *result);
  co_return to_json(*result);
}

Task<Answer> Methods::get_prompt(RequestContext& context, json::object params) const {
  const std::string name = string_or_empty(params, "name");
  const auto found = named(server_.prompts_, name);
  if (found == server_.prompts_.end()) co_return invalid_params("no prompt '" + name + "'");
  PromptArguments arguments;
  for (const auto& [key, value] : fields::object_or_empty(params, "arguments")) {
    if (!value.is_string()) co_return invalid_params("argument '" + std::string(key) + "' must be a string");
    arguments.emplace(key, std::string(value.as_string()));
  }
  for (const PromptArgument& argument : found->item.arguments) {
    if (argument.required && !arguments.contains(argument.name)) {
      co_return invalid_params("argument '" + argument.name + "' is missing");
    }
  }
  const PromptHandler handler = found->handler;
  auto result = co_await handler(context, std::move(arguments));
  if (!result) co_return std::unexpected(error_object(result.error()));
  co_return to_json(*result);
}

Task<Answer> Methods::read_resource(RequestContext& context, json::object params) const {
  const auto uri = string_or_empty(params, "uri");
  ResourceHandler handler;
  UriVariables variables;
  for (const auto& entry : server_.resources_) {
    if (entry.item.uri == uri) handler = entry.handler;
  }
  for (const auto& entry : server_.templates_) {
    if (handler) break;
    auto matched = match_uri(entry.item.uri_template, uri);
    if (!matched) continue;
    handler = entry.handler;
    variables = *std::move(matched);
  }
  if (!handler) handler = server_.unlisted_;
  Result<ReadResourceResult> result = fail(Errc::not_found, "no resource '" + uri + "'");
  if (handler) result = co_await handler(context, uri, std::move(variables));
  if (result) co_return to_json(*result);
  if (result.error().code != Errc::not_found) co_return std::unexpected(error_object(result.error()));
  const bool legacy = context.era() == Era::legacy;
  co_return refuse(legacy ? error_code::resource_not_found : error_code::invalid_params, result.error().message,
                   json::object{{"uri", uri}});
}

Task<Answer> Methods::complete(json::object params) const {
  auto request = completion_request_from(params);
  if (!request) co_return invalid_params(request.error().message);
  auto completion = co_await server_.complete_(*std::move(request));
  if (!completion) co_return std::unexpected(error_object(completion.error()));
  if (completion->values.size() > 100) {
    completion->total = completion->total.value_or(static_cast<std::int64_t>(completion->values.size()));
    completion->values.resize(100);
    completion->has_more = true;
  }
  co_return to_json(*completion);
}

}  // namespace convoke::mcp
