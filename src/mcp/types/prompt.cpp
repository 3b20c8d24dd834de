#include "mcp/types/prompt.hpp"

#include <fmt/format.h>

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

json::object to_json(const PromptArgument& argument) {
  json::object object{{"name", argument.name}};
  fields::put(object, "title", argument.title);
  fields::put(object, "description", argument.description);
  if (argument.required) object["required"] = true;
  return object;
}

Result<PromptMessage> prompt_message_from(const json::value& value) {
  TRY(std::string role, fields::required_string(value, "role", "a prompt's message"));
  const json::value* content = find(value, "content");
  if (!content) return fail(Errc::protocol, "a prompt's message: there is no content");
  TRY(ContentBlock block, content_block_from(*content, "a prompt's message"));
  return PromptMessage{std::move(role), std::move(block)};
}

}  // namespace

json::object to_json(const PromptArguments& arguments) {
  json::object object;
  for (const auto& [name, value] : arguments) object[name] = value;
  return object;
}

json::object to_json(const Prompt& prompt) {
  json::object object{{"name", prompt.name}};
  fields::put(object, "title", prompt.title);
  fields::put(object, "description", prompt.description);
  if (!prompt.arguments.empty()) {
    json::array arguments;
    for (const PromptArgument& argument : prompt.arguments) arguments.push_back(to_json(argument));
    object["arguments"] = std::move(arguments);
  }
  if (!prompt.icons.empty()) object["icons"] = fields::array_of(prompt.icons);
  return object;
}

json::object to_json(const GetPromptResult& result) {
  json::object object;
  fields::put(object, "description", result.description);
  json::array messages;
  for (const PromptMessage& message : result.messages) {
    messages.push_back(json::object{{"role", message.role}, {"content", mcp::to_json(message.content)}});
  }
  object["messages"] = std::move(messages);
  return object;
}

json::object to_json(const Completion& completion) {
  json::object object{{"values", json::array(completion.values.begin(), completion.values.end())}};
  fields::put(object, "total", completion.total);
  fields::put(object, "hasMore", completion.has_more);
  return {{"completion", std::move(object)}};
}

json::object to_json(const CompletionRequest& request) {
  json::object ref;
  if (request.of == CompletionRequest::Of::prompt) {
    ref = {{"type", "ref/prompt"}, {"name", request.name}};
  } else {
    ref = {{"type", "ref/resource"}, {"uri", request.name}};
  }
  json::object object{{"ref", std::move(ref)},
                      {"argument", json::object{{"name", request.argument}, {"value", request.value}}}};
  if (!request.resolved.empty()) object["context"] = json::object{{"arguments", to_json(request.resolved)}};
  return object;
}

Result<Prompt> prompt_from(const json::value& value) {
  TRY(std::string name, fields::required_string(value, "name", "a prompt"));
  Prompt prompt{std::move(name), string_or_empty(value, "title"), string_or_empty(value, "description")};
  prompt.icons = icons_from(value);
  const json::array* arguments = find_array(value, "arguments");
  if (!arguments) return prompt;
  for (const json::value& argument : *arguments) {
    prompt.arguments.push_back({string_or_empty(argument, "name"), string_or_empty(argument, "title"),
                                string_or_empty(argument, "description"),
                                find_bool(argument, "required").value_or(false)});
  }
  return prompt;
}

Result<GetPromptResult> get_prompt_result_from(const json::object& result) {
  GetPromptResult prompt{string_or_empty(result, "description")};
  const json::array* messages = find_array(result, "messages");
  if (!messages) return fail(Errc::protocol, "a prompt without messages");
  for (const json::value& element : *messages) {
    TRY(PromptMessage message, prompt_message_from(element));
    prompt.messages.push_back(std::move(message));
  }
  return prompt;
}

Result<Completion> completion_from(const json::object& result) {
  const json::value* completion = result.if_contains("completion");
  if (!completion || !find_array(*completion, "values")) return fail(Errc::protocol, "a completion without values");
  return Completion{fields::strings(*completion, "values"), find_integer(*completion, "total"),
                    find_bool(*completion, "hasMore")};
}

Result<CompletionRequest> completion_request_from(const json::object& params) {
  const json::value* ref = find(params, "ref");
  const json::value* argument = find(params, "argument");
  if (!ref || !argument) return fail(Errc::invalid_input, "a completion needs 'ref' and 'argument'");
  CompletionRequest request;
  const auto type = find_string(*ref, "type");
  if (type == "ref/prompt") {
    request.name = string_or_empty(*ref, "name");
  } else if (type == "ref/resource") {
    request.of = CompletionRequest::Of::resource_template;
    request.name = string_or_empty(*ref, "uri");
  } else {
    return fail(Errc::invalid_input, "'ref.type' must be ref/prompt or ref/resource");
  }
  request.argument = string_or_empty(*argument, "name");
  request.value = string_or_empty(*argument, "value");
  if (const json::value* context = find(params, "context")) {
    for (const auto& [name, resolved] : fields::object_or_empty(*context, "arguments")) {
      if (resolved.is_string()) request.resolved.emplace(name, std::string(resolved.as_string()));
    }
  }
  return request;
}

}  // namespace convoke::mcp
