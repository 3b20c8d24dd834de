#include "mcp/types/host.hpp"

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

/// Revisions before 2025-11-25 know only a single block where later ones also take a list.
json::value block_or_array(const std::vector<ContentBlock>& content) {
  if (content.size() == 1) return to_json(content.front());
  return to_json(content);
}

std::vector<std::string> model_hints_in(const json::object& params) {
  std::vector<std::string> names;
  const json::value* preferences = find(params, "modelPreferences");
  const json::array* hints = preferences ? find_array(*preferences, "hints") : nullptr;
  if (!hints) return names;
  for (const json::value& hint : *hints) names.push_back(string_or_empty(hint, "name"));
  return names;
}

}  // namespace

json::object to_json(const std::map<std::string, InputRequest>& requests) {
  json::object object;
  for (const auto& [key, wanted] : requests) {
    object[key] = json::object{{"method", wanted.method}, {"params", wanted.params}};
  }
  return object;
}

json::object to_json(const SamplingRequest& request) {
  json::object object = request.raw;
  json::array messages;
  for (const SamplingMessage& message : request.messages) {
    messages.push_back(json::object{{"role", message.role}, {"content", block_or_array(message.content)}});
  }
  object["messages"] = std::move(messages);
  object["maxTokens"] = request.max_tokens;
  fields::put(object, "systemPrompt", request.system_prompt);
  fields::put(object, "temperature", request.temperature);
  fields::put(object, "stopSequences", request.stop_sequences);
  if (!request.tools.empty()) object["tools"] = request.tools;
  return object;
}

json::object to_json(const SamplingResult& result) {
  json::object object{{"role", result.role}, {"content", block_or_array(result.content)}, {"model", result.model}};
  fields::put(object, "stopReason", result.stop_reason);
  return object;
}

json::object to_json(const ElicitRequest& request) {
  if (request.mode == ElicitRequest::Mode::form) {
    return {{"message", request.message}, {"requestedSchema", request.requested_schema}};
  }
  json::object object{{"mode", "url"}, {"message", request.message}, {"url", request.url}};
  fields::put(object, "elicitationId", request.elicitation_id);
  return object;
}

json::object to_json(const ElicitResult& result) {
  switch (result.action) {
    case ElicitResult::Action::accept: {
      json::object object{{"action", "accept"}};
      if (result.content) object["content"] = *result.content;
      return object;
    }
    case ElicitResult::Action::decline: return {{"action", "decline"}};
    case ElicitResult::Action::cancel: return {{"action", "cancel"}};
  }
  std::unreachable();
}

json::object to_json(const Root& root) {
  json::object object{{"uri", root.uri}};
  fields::put(object, "name", root.name);
  return object;
}

json::object defaults_of(const json::object& requested_schema) {
  json::object filled;
  const json::value* properties = requested_schema.if_contains("properties");
  if (!properties || !properties->is_object()) return filled;
  for (const auto& [name, property] : properties->as_object()) {
    if (const json::value* usual = find(property, "default")) filled[name] = *usual;
  }
  return filled;
}

Result<std::map<std::string, InputRequest>> input_requests_from(const json::object& owner) {
  std::map<std::string, InputRequest> read;
  const json::object* requests = find_object(owner, "inputRequests");
  if (!requests) return read;
  for (const auto& [key, request] : *requests) {
    const auto method = find_string(request, "method");
    if (!method) return fail(Errc::protocol, "input request '" + std::string(key) + "' has no method");
    const json::object* params = find_object(request, "params");
    read.emplace(key, InputRequest{std::string(*method), params ? *params : json::object{}});
  }
  return read;
}

Result<SamplingRequest> sampling_request_from(const json::object& params) {
  const json::array* messages = find_array(params, "messages");
  if (!messages) return fail(Errc::protocol, "a sampling request without messages");
  SamplingRequest request;
  for (const json::value& message : *messages) {
    TRY(std::string role, fields::required_string(message, "role", "a sampling message"));
    TRY(auto content, content_from(find(message, "content"), "a sampling message"));
    request.messages.push_back({std::move(role), std::move(content)});
  }
  request.max_tokens = find_integer(params, "maxTokens").value_or(0);
  request.system_prompt = string_or_empty(params, "systemPrompt");
  request.temperature = fields::number(params, "temperature");
  request.stop_sequences = fields::strings(params, "stopSequences");
  request.model_hints = model_hints_in(params);
  if (const json::array* tools = find_array(params, "tools")) request.tools = *tools;
  request.raw = params;
  return request;
}

Result<SamplingResult> sampling_result_from(const json::object& result) {
  SamplingResult sampled;
  TRY(sampled.role, fields::required_string(result, "role", "a sampling result"));
  TRY(sampled.content, content_from(find(result, "content"), "a sampling result"));
  sampled.model = string_or_empty(result, "model");
  sampled.stop_reason = string_or_empty(result, "stopReason");
  return sampled;
}

Result<ElicitRequest> elicit_request_from(const json::object& params) {
  ElicitRequest request;
  TRY(request.message, fields::required_string(params, "message", "an elicitation"));
  const auto mode = find_string(params, "mode").value_or("form");
  if (mode == "url") {
    request.mode = ElicitRequest::Mode::url;
    TRY(request.url, fields::required_string(params, "url", "an elicitation"));
    request.elicitation_id = string_or_empty(params, "elicitationId");
    return request;
  }
  if (mode != "form") return fail(Errc::protocol, "an elicitation of unknown mode '" + std::string(mode) + "'");
  request.requested_schema = fields::object_or_empty(params, "requestedSchema");
  return request;
}

Result<ElicitResult> elicit_result_from(const json::object& result) {
  const auto action = find_string(result, "action");
  ElicitResult answer;
  if (action == "accept") {
    answer.action = ElicitResult::Action::accept;
    if (const json::object* content = find_object(result, "content")) answer.content = *content;
  } else if (action == "decline") {
    answer.action = ElicitResult::Action::decline;
  } else if (action != "cancel") {
    return fail(Errc::protocol, "an elicitation's answer needs an action: accept, decline or cancel");
  }
  return answer;
}

Result<std::vector<Root>> roots_from(const json::object& result) {
  const json::array* array = find_array(result, "roots");
  if (!array) return fail(Errc::protocol, "an answer to roots/list without roots");
  std::vector<Root> roots;
  for (const json::value& element : *array) {
    TRY(std::string uri, fields::required_string(element, "uri", "a root"));
    roots.push_back({std::move(uri), string_or_empty(element, "name")});
  }
  return roots;
}

}  // namespace convoke::mcp
