// Multi round-trip requests: tools and a prompt that need input from the client before they can answer.
#include "fixture_tools.hpp"

namespace convoke::mcp::fixture {

namespace {

using Outcome = Task<Result<CallToolResult>>;

ElicitRequest form(std::string message, std::string field, std::string_view type = "string") {
  json::object properties;
  properties[field] = json::object{{"type", type}};
  return {.message = std::move(message), .requested_schema = object_of(std::move(properties))};
}

std::string field_of(const ElicitResult& answer, std::string_view name) {
  const json::value* value = answer.content ? find(*answer.content, name) : nullptr;
  return value && value->is_string() ? std::string(value->as_string()) : "nobody";
}

SamplingRequest question(std::string words, std::int64_t max_tokens) {
  return {.messages = {{"user", {text(std::move(words))}}}, .max_tokens = max_tokens};
}

std::string words_of(const SamplingResult& answer) {
  const auto* content = answer.content.empty() ? nullptr : std::get_if<TextContent>(&answer.content.front());
  return content ? content->text : "";
}

std::string names_of(const std::vector<Root>& roots) {
  std::string names;
  for (const Root& root : roots) names += root.uri + " ";
  return names;
}

Outcome greet(RequestContext& context, json::object) {
  CO_TRY(const auto answer, co_await context.elicit("user_name", form("What is your name?", "name")));
  co_return text_result("Hello, " + field_of(answer, "name") + "!");
}

Outcome ask_model(RequestContext& context, json::object) {
  CO_TRY(const auto answer,
         co_await context.sample("capital_question", question("What is the capital of France?", 100)));
  co_return text_result("The model says: " + words_of(answer));
}

Outcome list_roots(RequestContext& context, json::object) {
  CO_TRY(const auto roots, co_await context.roots("client_roots"));
  co_return text_result("Roots: " + names_of(roots));
}

Outcome confirm(RequestContext& context, json::object) {
  CO_CHECK(co_await context.elicit("confirm", form("Please confirm", "ok", "boolean")));
  co_return text_result("state-ok");
}

Outcome ask_everything(RequestContext& context, json::object) {
  const auto name = co_await context.elicit("user_name", form("What is your name?", "name"));
  const auto greeting = co_await context.sample("greeting", question("Generate a greeting", 50));
  const auto roots = co_await context.roots("client_roots");
  CO_CHECK(name);
  CO_CHECK(greeting);
  CO_CHECK(roots);
  co_return text_result(words_of(*greeting) + ", " + field_of(*name, "name") + "! " + names_of(*roots));
}

Outcome ask_twice(RequestContext& context, json::object) {
  CO_TRY(const auto name, co_await context.elicit("step1", form("Step 1: What is your name?", "name")));
  CO_TRY(const auto color, co_await context.elicit("step2", form("Step 2: What is your favorite color?", "color")));
  co_return text_result(field_of(name, "name") + " likes " + field_of(color, "color"));
}

Outcome ask_what_is_offered(RequestContext& context, json::object) {
  if (context.client().sampling) {
    CO_CHECK(co_await context.sample("capital_question", question("What is the capital of France?", 100)));
  } else if (context.client().elicitation_form) {
    CO_CHECK(co_await context.elicit("user_name", form("What is your name?", "name")));
  }
  co_return text_result("Done with what the client offers.");
}

Task<Result<GetPromptResult>> prompt_with_context(RequestContext& context, PromptArguments) {
  CO_TRY(const auto answer,
         co_await context.elicit("user_context", form("What context should the prompt use?", "context")));
  GetPromptResult result{.messages = {{"user", text("Context: " + field_of(answer, "context"))}}};
  co_return result;
}

}  // namespace

void add_input_tools(Server& server) {
  const auto add = [&](std::string name, std::string description, ToolHandler handler) {
    server.add_tool({.name = "test_input_required_result_" + std::move(name), .description = std::move(description)},
                    std::move(handler));
  };
  add("elicitation", "Asks for a name", greet);
  add("sampling", "Asks the client's model", ask_model);
  add("list_roots", "Asks for the client's roots", list_roots);
  add("request_state", "Asks for a confirmation", confirm);
  add("multiple_inputs", "Asks for three things at once", ask_everything);
  add("multi_round", "Asks for one thing after the other", ask_twice);
  add("tampered_state", "Asks for a confirmation", confirm);
  add("capabilities", "Asks only for what the client offers", ask_what_is_offered);
  server.add_prompt({"test_input_required_result_prompt", "", "A prompt that needs input"}, prompt_with_context);
}

}  // namespace convoke::mcp::fixture
