// Tools that do something on the way: progress, log, sampling, elicitation, changes.
#include "fixture_tools.hpp"

namespace convoke::mcp::fixture {

namespace {

using Outcome = Task<Result<CallToolResult>>;

Tool described(std::string name, std::string description, json::object input_schema = {{"type", "object"}}) {
  return {.name = std::move(name), .description = std::move(description), .input_schema = std::move(input_schema)};
}

std::string words_of(const ContentBlock& block) {
  const auto* content = std::get_if<TextContent>(&block);
  return content ? content->text : "";
}

std::string describe(const ElicitResult& answer) { return json::serialize(to_json(answer)); }

Outcome with_progress(RequestContext& context, json::object) {
  for (const double percent : {0.0, 50.0, 100.0}) {
    co_await context.progress(percent, 100);
    co_await sleep_for(50ms);
  }
  co_return text_result("Progress is complete.");
}

Outcome with_log(RequestContext& context, json::object) {
  for (const char* line : {"Tool execution started", "Tool processing data", "Tool execution completed"}) {
    co_await context.log(LoggingLevel::info, line);
    co_await sleep_for(50ms);
  }
  co_return text_result("Logging is complete.");
}

Outcome with_sampling(RequestContext& context, json::object arguments) {
  SamplingRequest request{.messages = {{"user", {text(string_or_empty(arguments, "prompt"))}}}, .max_tokens = 100};
  CO_TRY(const auto answer, co_await context.sample("answer", std::move(request)));
  co_return text_result("LLM response: " + (answer.content.empty() ? "" : words_of(answer.content.front())));
}

Outcome elicit(RequestContext& context, std::string message, json::object schema) {
  ElicitRequest request{.message = std::move(message), .requested_schema = std::move(schema)};
  CO_TRY(const auto answer, co_await context.elicit("answer", std::move(request)));
  co_return text_result("User response: " + describe(answer));
}

Outcome with_elicitation(RequestContext& context, json::object arguments) {
  json::object schema = object_of({{"username", string_property()}, {"email", string_property()}});
  return elicit(context, string_or_empty(arguments, "message"), std::move(schema));
}

Outcome with_defaults(RequestContext& context, json::object) {
  json::object schema = parse_json(R"({"type": "object", "properties": {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": true}}})")
                            .value()
                            .as_object();
  return elicit(context, "Please review these values", std::move(schema));
}

Outcome with_choices(RequestContext& context, json::object) {
  json::object schema = parse_json(R"({"type": "object", "properties": {
    "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
    "titledSingle": {"type": "string", "oneOf": [{"const": "value1", "title": "First Option"},
      {"const": "value2", "title": "Second Option"}, {"const": "value3", "title": "Third Option"}]},
    "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"],
      "enumNames": ["Option One", "Option Two", "Option Three"]},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
    "titledMulti": {"type": "array", "items": {"anyOf": [{"const": "value1", "title": "First Choice"},
      {"const": "value2", "title": "Second Choice"}, {"const": "value3", "title": "Third Choice"}]}}}})")
                            .value()
                            .as_object();
  return elicit(context, "Please choose", std::move(schema));
}

Outcome with_reconnection(RequestContext& context, json::object) {
  co_await context.progress(0);
  context.leave_until(500ms);
  co_await sleep_for(100ms);
  co_return text_result("Reconnected.");
}

}  // namespace

void add_talking_tools(Server& server) {
  server.add_tool(described("test_tool_with_progress", "Tells how far it is"), with_progress);
  server.add_tool(described("test_tool_with_logging", "Logs three lines"), with_log);
  server.add_tool(described("test_logging_tool", "Logs three lines, for those who want them"), with_log);
  server.add_tool(described("test_sampling", "Asks the client's model", object_of({{"prompt", string_property()}})),
                  with_sampling);
  server.add_tool(described("test_missing_capability", "Needs the client's model"), with_sampling);
  server.add_tool(described("test_elicitation", "Asks the user", object_of({{"message", string_property()}})),
                  with_elicitation);
  server.add_tool(described("test_streaming_elicitation", "Asks the user"), with_elicitation);
  server.add_tool(described("test_elicitation_sep1034_defaults", "Asks with defaults"), with_defaults);
  server.add_tool(described("test_elicitation_sep1330_enums", "Asks with choices"), with_choices);
  server.add_tool(described("test_reconnection", "Lets the client come back for the answer"), with_reconnection);
  server.add_tool(described("test_trigger_tool_change", "Says that the tools changed"), [&server](const json::object&) {
    server.changed(Change::tools);
    return text_result("The tools changed.");
  });
  server.add_tool(described("test_trigger_prompt_change", "Says that the prompts changed"),
                  [&server](const json::object&) {
                    server.changed(Change::prompts);
                    return text_result("The prompts changed.");
                  });
}

}  // namespace convoke::mcp::fixture
