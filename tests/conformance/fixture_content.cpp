// Tools that only answer, prompts and resources.
#include "fixture_tools.hpp"

namespace convoke::mcp::fixture {

const char* const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const char* const wav = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==";

namespace {

Tool described(std::string name, std::string description) {
  return {.name = std::move(name), .description = std::move(description)};
}

void answers(Server& server, std::string name, std::string description, CallToolResult result) {
  server.add_tool(described(std::move(name), std::move(description)),
                  [result = std::move(result)](const json::object&) { return result; });
}

ContentBlock embedded(std::string uri, std::string mime_type, std::string words) {
  return EmbeddedResource{{std::move(uri), std::move(mime_type), std::move(words)}};
}

PromptMessage user(ContentBlock content) { return {"user", std::move(content)}; }

void add_schema_tool(Server& server) {
  Tool tool = described("json_schema_2020_12_tool", "A tool whose schema uses much of JSON Schema 2020-12");
  tool.input_schema = parse_json(R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object",
                          "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {
      "name": {"type": "string"},
      "address": {"$ref": "#/$defs/address"},
      "contactMethod": {"type": "string", "enum": ["phone", "email"]},
      "phone": {"type": "string"},
      "email": {"type": "string"}
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": false
  })")
                          .value()
                          .as_object();
  server.add_tool(std::move(tool), [](const json::object&) { return text_result("valid"); });
}

}  // namespace

json::object string_property() { return {{"type", "string"}}; }

json::object object_of(json::object properties) {
  json::array required;
  for (const auto& [name, property] : properties) required.push_back(json::string(name));
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

void add_content_tools(Server& server) {
  answers(server, "test_simple_text", "Answers with text", text_result("This is a simple text response for testing."));
  answers(server, "test_image_content", "Answers with an image", {.content = {ImageContent{png, "image/png"}}});
  answers(server, "test_audio_content", "Answers with audio", {.content = {AudioContent{wav, "audio/wav"}}});
  answers(server, "test_embedded_resource", "Answers with a resource",
          {.content = {embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")}});
  answers(
      server, "test_multiple_content_types", "Answers with text, an image and a resource",
      {.content = {text("Multiple content types test:"), ImageContent{png, "image/png"},
                   embedded("test://mixed-content-resource", "application/json", R"({"test":"data","value":123})")}});
  answers(server, "test_error_handling", "Always fails",
          error_result("This tool intentionally returns an error for testing"));
  Tool region = described("test_header_argument", "Its argument is repeated in a header");
  json::object property = string_property();
  property["x-mcp-header"] = "Region";
  region.input_schema = object_of({{"region", std::move(property)}});
  server.add_tool(std::move(region), [](const json::object& arguments) {
    return text_result("region " + string_or_empty(arguments, "region"));
  });
  add_schema_tool(server);
}

void add_prompts(Server& server) {
  server.add_prompt({"test_simple_prompt", "", "A prompt without arguments"}, [](const PromptArguments&) {
    return GetPromptResult{.messages = {user(text("This is a simple prompt for testing."))}};
  });
  server.add_prompt(
      {"test_prompt_with_arguments",
       "",
       "A prompt with two arguments",
       {{"arg1", "", "First", true}, {"arg2", "", "Second", true}}},
      [](const PromptArguments& arguments) {
        return GetPromptResult{.messages = {user(text("Prompt with arguments: arg1='" + arguments.at("arg1") +
                                                      "', arg2='" + arguments.at("arg2") + "'"))}};
      });
  server.add_prompt({"test_prompt_with_embedded_resource",
                     "",
                     "A prompt with a resource inside",
                     {{"resourceUri", "", "Its URI", true}}},
                    [](const PromptArguments& arguments) {
                      return GetPromptResult{.messages = {user(embedded(arguments.at("resourceUri"), "text/plain",
                                                                        "Embedded resource content for testing.")),
                                                          user(text("Please process the embedded resource above."))}};
                    });
  server.add_prompt({"test_prompt_with_image", "", "A prompt with an image inside"}, [](const PromptArguments&) {
    return GetPromptResult{
        .messages = {user(ImageContent{png, "image/png"}), user(text("Please analyze the image above."))}};
  });
  server.set_completions([](CompletionRequest) -> Task<Result<Completion>> { co_return Completion{}; });
}

void add_resources(Server& server) {
  const auto fixed = [](ResourceContents contents) {
    return [contents](RequestContext&, std::string, UriVariables) -> Task<Result<ReadResourceResult>> {
      co_return ReadResourceResult{{contents}};
    };
  };
  const auto resource = [](std::string uri, std::string name, std::string mime_type) {
    Resource listed{.uri = std::move(uri), .name = std::move(name)};
    listed.mime_type = std::move(mime_type);
    return listed;
  };
  server.add_resource(resource("test://static-text", "Static text", "text/plain"),
                      fixed({"test://static-text", "text/plain", "This is the content of the static text resource."}));
  server.add_resource(resource("test://static-binary", "Static binary", "image/png"),
                      fixed({"test://static-binary", "image/png", {}, png}));
  server.add_resource(resource("test://watched-resource", "Watched resource", "text/plain"),
                      fixed({"test://watched-resource", "text/plain", "This resource may change."}));
  ResourceTemplate data{.uri_template = "test://template/{id}/data", .name = "Data by id"};
  data.mime_type = "application/json";
  server.add_resource_template(
      std::move(data),
      [](RequestContext&, std::string uri, UriVariables variables) -> Task<Result<ReadResourceResult>> {
        const std::string id = variables.at("id");
        const json::object content{{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}};
        ResourceContents contents{std::move(uri), "application/json", json::serialize(content)};
        co_return ReadResourceResult{{std::move(contents)}};
      });
}

}  // namespace convoke::mcp::fixture
