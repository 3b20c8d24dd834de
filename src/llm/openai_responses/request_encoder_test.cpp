#include "llm/openai_responses/request_encoder.hpp"

#include <gmock/gmock.h>

#include "llm/replay.hpp"

namespace convoke::openai_responses {
namespace {

json::value encoded(const Prompt& prompt) {
  return parse_json(encode_request(prompt, traits_of(prompt.model))).value();
}

Prompt prompt_of(std::vector<Message> messages, std::string model = "gpt-6.1-terra") {
  return {.model = std::move(model), .messages = std::move(messages)};
}

TEST(ResponsesRequest, AsksForAStreamThatIsNotStored) {
  Prompt prompt = prompt_of({system_message("Be brief."), user_message("Hi")});
  prompt.tools = {{"sum", "", {}}};
  prompt.temperature = 0.5;
  prompt.max_output_tokens = 5;
  prompt.reasoning_effort = ReasoningEffort::low;

  EXPECT_EQ(encoded(prompt), parse_json(R"({
    "model":"gpt-6.1-terra","instructions":"Be brief.",
    "tools":[{"type":"function","name":"sum","description":"sum","parameters":{"type":"object","properties":{}},"strict":false}],
    "stream":true,"store":false,"stream_options":{"include_obfuscation":false},
    "include":["reasoning.encrypted_content"],"reasoning":{"effort":"low","summary":"auto"},
    "max_output_tokens":16,
    "input":[{"role":"user","content":"Hi"}]})")
                                 .value());
}

TEST(ResponsesRequest, SendsSamplingOnlyToModelsThatDoNotReason) {
  Prompt prompt = prompt_of({user_message("Hi")}, "gpt-4.1-mini");
  prompt.temperature = 0.5;

  const json::value body = encoded(prompt);

  EXPECT_EQ(body.at("temperature"), 0.5);
  EXPECT_FALSE(body.as_object().contains("reasoning"));
  EXPECT_FALSE(body.as_object().contains("include"));
}

TEST(ResponsesRequest, WritesCallsAndResultsWithTheirPictures) {
  const Message calls{Role::assistant, {Text{"Let me see."}, ToolCall{"call_1", "f", "{}"}}};
  const Prompt prompt = prompt_of(
      {user_message("Go"), calls,
       tool_message({.call_id = "call_1", .name = "f", .text = "done", .images = {{"image/png", "aGk=", ""}}})});

  EXPECT_EQ(encoded(prompt).at("input"), parse_json(R"([
    {"role":"user","content":"Go"},
    {"role":"assistant","content":"Let me see."},
    {"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"},
    {"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"done"},
      {"type":"input_image","image_url":"data:image/png;base64,aGk=","detail":"high"}]}])")
                                             .value());
}

TEST(ResponsesRequest, SendsThoughtsBackOnlyBeforeWhatTheyLedTo) {
  const std::string thought = R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gA"})";
  const Reasoning reasoning{"", tied_replay("openai_responses", "gpt-6.1-terra", thought)};
  const Prompt prompt = prompt_of({user_message("?"),
                                   {Role::assistant, {reasoning, ToolCall{"c", "f", "{}"}}},
                                   tool_message({.call_id = "c", .name = "f", .text = "x"}),
                                   {Role::assistant, {Text{"Yes"}, reasoning}}});

  const json::value input = encoded(prompt).at("input");

  ASSERT_EQ(input.as_array().size(), 5U);
  EXPECT_EQ(input.at(1), parse_json(thought).value());
  EXPECT_EQ(string_or_empty(input.at(4), "content"), "Yes");
}

TEST(ResponsesRequest, ShowsPicturesToModelsThatSee) {
  const Message look{Role::user, {Text{"Look"}, Image{"", "", "https://x/y.png"}}};

  EXPECT_EQ(encoded(prompt_of({look})).at("input").at(0).at("content").at(1),
            parse_json(R"({"type":"input_image","image_url":"https://x/y.png","detail":"high"})").value());
  EXPECT_EQ(encoded(prompt_of({look}, "o3-mini")).at("input").at(0).at("content"),
            "Look\n[image: at https://x/y.png; this model cannot see it]");
}

TEST(ResponsesRequest, AsksForAnAnswerOfASchema) {
  Prompt prompt = prompt_of({user_message("Hi")});
  prompt.response_format = ResponseFormat{.name = "city", .schema = {{"type", "object"}}, .strict = false};

  EXPECT_EQ(encoded(prompt).at("text"),
            parse_json(R"({"format":{"type":"json_schema","name":"city","strict":false,"schema":{"type":"object"}}})")
                .value());
}

TEST(ResponsesRequest, LeavesOutWhatWasRefused) {
  ModelTraits traits = traits_of("gpt-6.1-terra");

  EXPECT_TRUE(adapt_to_refusal(traits, "reasoning.summary"));
  EXPECT_FALSE(adapt_to_refusal(traits, "reasoning.summary"));
  EXPECT_TRUE(adapt_to_refusal(traits, "include[0]"));
  EXPECT_FALSE(adapt_to_refusal(traits, "input[3].content"));
  const json::value body = parse_json(encode_request(prompt_of({user_message("Hi")}), traits)).value();
  EXPECT_FALSE(body.as_object().contains("reasoning"));
  EXPECT_FALSE(body.as_object().contains("include"));
}

TEST(OpenAiModel, NeedsTheResponsesApiFromFivePointFourOn) {
  EXPECT_TRUE(openai_model("gpt-6.1-terra").needs_responses);
  EXPECT_TRUE(openai_model("gpt-5.4-mini").needs_responses);
  EXPECT_TRUE(openai_model("gpt-5-codex").needs_responses);
  EXPECT_TRUE(openai_model("o3-pro").needs_responses);
  EXPECT_FALSE(openai_model("gpt-5-mini").needs_responses);
  EXPECT_FALSE(openai_model("gpt-4.1").needs_responses);
  EXPECT_FALSE(openai_model("gpt-5.3-chat-latest").reasons);
}

}  // namespace
}  // namespace convoke::openai_responses
