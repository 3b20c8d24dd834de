#include "llm/anthropic/request_encoder.hpp"

#include <gmock/gmock.h>

#include "llm/replay.hpp"

namespace convoke::anthropic {
namespace {

using testing::HasSubstr;
using testing::Not;

json::value encoded(const Prompt& prompt) {
  return parse_json(encode_request(prompt, claude_model(prompt.model))).value();
}

Prompt prompt_of(std::vector<Message> messages, std::string model = "claude-sonnet-5-5") {
  return {.model = std::move(model), .messages = std::move(messages)};
}

TEST(AnthropicRequest, HasSystemTextToolsAndALimit) {
  Prompt prompt = prompt_of({system_message("Be brief."), user_message("Hi")});
  prompt.tools = {{"sum", "Adds.", {{"type", "object"}, {"properties", {{"a", {{"type", "number"}}}}}}}};

  EXPECT_EQ(encoded(prompt), parse_json(R"({
    "model":"claude-sonnet-5-5","max_tokens":32000,"stream":true,
    "tools":[{"name":"sum","description":"Adds.","input_schema":{"type":"object","properties":{"a":{"type":"number"}}}}],
    "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
    "thinking":{"type":"adaptive","display":"summarized"},
    "messages":[{"role":"user","content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]})")
                                 .value());
}

TEST(AnthropicRequest, MarksTheLastToolWhereThereIsNoSystemText) {
  Prompt prompt = prompt_of({user_message("Hi")});
  prompt.tools = {{"a", "A", {}}, {"b", "B", {}}};

  const json::value body = encoded(prompt);

  EXPECT_FALSE(body.at("tools").at(0).as_object().contains("cache_control"));
  EXPECT_TRUE(body.at("tools").at(1).as_object().contains("cache_control"));
}

TEST(AnthropicRequest, LeavesItsBeginningAsItIsWhenTheSystemSpeaksLater) {
  const json::value body =
      encoded(prompt_of({system_message("Be brief."), user_message("Hi"), system_message("Answer now.")}));

  EXPECT_EQ(body.at("system").at(0).at("text"), "Be brief.");
  ASSERT_EQ(body.at("messages").as_array().size(), 1U);
  EXPECT_EQ(body.at("messages").at(0).at("content").at(1).at("text"), "Answer now.");
}

TEST(AnthropicRequest, PutsAllResultsOfATurnInOneMessageBeforeItsWords) {
  const Message calls{Role::assistant, {ToolCall{"t1", "a", R"({"x":1})"}, ToolCall{"t2", "b", "broken"}}};
  const Prompt prompt =
      prompt_of({user_message("Go"), calls, tool_message({.call_id = "t1", .name = "a", .text = "one"}),
                 tool_message({.call_id = "t2", .name = "b", .text = "", .is_error = true}), user_message("And now?")});

  const json::value messages = encoded(prompt).at("messages");

  ASSERT_EQ(messages.as_array().size(), 3U);
  EXPECT_EQ(messages.at(1).at("content"), parse_json(R"([{"type":"tool_use","id":"t1","name":"a","input":{"x":1}},
                           {"type":"tool_use","id":"t2","name":"b","input":{}}])")
                                              .value());
  EXPECT_EQ(messages.at(2).at("content"),
            parse_json(R"json([{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"one"}]},
                           {"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[{"type":"text","text":"(no output)"}]},
                           {"type":"text","text":"And now?","cache_control":{"type":"ephemeral"}}])json")
                .value());
}

TEST(AnthropicRequest, ShowsPicturesOfUsersAndTools) {
  const Image picture{"image/png", "aGk=", ""}, linked{"", "", "https://x/y.png"},
      drawing{"image/svg+xml", "PHN2Zz4=", ""};
  const Prompt prompt =
      prompt_of({Message{Role::user, {Text{"Look"}, picture, linked}},
                 {Role::assistant, {ToolCall{"t", "f", "{}"}}},
                 tool_message({.call_id = "t", .name = "f", .text = "", .images = {picture, drawing}})});

  const json::value messages = encoded(prompt).at("messages");

  EXPECT_EQ(
      messages.at(0).at("content").at(1),
      parse_json(R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}})").value());
  EXPECT_EQ(messages.at(0).at("content").at(2).at("source"),
            parse_json(R"({"type":"url","url":"https://x/y.png"})").value());
  EXPECT_EQ(messages.at(2).at("content").at(0).at("content"),
            parse_json(R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}},
                           {"type":"text","text":"[image: image/svg+xml, 1 KB; this model cannot see it]"}])")
                .value());
}

TEST(AnthropicRequest, SendsThoughtsBackOnlyToTheModelThatHadThem) {
  const std::string block = R"({"type":"thinking","thinking":"Hm","signature":"EqQB"})";
  const Message turn{Role::assistant,
                     {Reasoning{"Hm", tied_replay("anthropic", "claude-sonnet-5-5", block)}, Text{"Yes"}}};

  EXPECT_THAT(encode_request(prompt_of({user_message("?"), turn, user_message("!")}), {}), HasSubstr(block));
  EXPECT_THAT(encode_request(prompt_of({user_message("?"), turn, user_message("!")}, "claude-opus-5-5"), {}),
              Not(HasSubstr("Hm")));
}

TEST(AnthropicRequest, LeavesOutEmptyWordsAndTrailingSpace) {
  const Prompt prompt = prompt_of({user_message("Hi"), {Role::assistant, {Text{" "}}}, assistant_message("Once  \n")});

  EXPECT_EQ(encoded(prompt).at("messages").at(1).at("content"),
            parse_json(R"([{"type":"text","text":"Once"}])").value());
}

TEST(AnthropicRequest, MakesIdsOfOtherProvidersFit) {
  const Prompt prompt = prompt_of({user_message("?"),
                                   {Role::assistant, {ToolCall{"functions.f:0", "f", "{}"}}},
                                   tool_message({.call_id = "functions.f:0", .name = "f", .text = "x"})});

  const json::value messages = encoded(prompt).at("messages");

  const std::string id = string_or_empty(messages.at(1).at("content").at(0), "id");
  EXPECT_THAT(id, testing::MatchesRegex("call_[0-9a-z]+"));
  EXPECT_EQ(string_or_empty(messages.at(2).at("content").at(0), "tool_use_id"), id);
}

TEST(AnthropicRequest, SendsSamplingOnlyToModelsThatTakeIt) {
  Prompt prompt = prompt_of({user_message("Hi")});
  prompt.temperature = 1.5;

  EXPECT_FALSE(encoded(prompt).as_object().contains("temperature"));
  prompt.model = "claude-sonnet-4-5-20250929";
  EXPECT_EQ(encoded(prompt).at("temperature").to_number<double>(), 1);
  prompt.model = "claude-opus-4-7";
  EXPECT_FALSE(encoded(prompt).as_object().contains("temperature"));
}

TEST(AnthropicRequest, AsksForThoughtAsEachModelUnderstandsIt) {
  Prompt prompt = prompt_of({user_message("Hi")});
  prompt.reasoning_effort = ReasoningEffort::medium;
  EXPECT_EQ(encoded(prompt).at("output_config"), parse_json(R"({"effort":"medium"})").value());

  prompt.model = "claude-haiku-4-5";
  prompt.max_output_tokens = 8000;
  prompt.temperature = 0.5;
  EXPECT_EQ(encoded(prompt).at("thinking"), parse_json(R"({"type":"enabled","budget_tokens":4000})").value());
  EXPECT_FALSE(encoded(prompt).as_object().contains("temperature"));

  prompt.model = "claude-3-5-haiku-20241022";
  EXPECT_FALSE(encoded(prompt).as_object().contains("thinking"));
  prompt.model = "claude-sonnet-5-5";
  prompt.reasoning_effort = ReasoningEffort::none;
  EXPECT_EQ(encoded(prompt).at("thinking"), parse_json(R"({"type":"disabled"})").value());
}

TEST(AnthropicRequest, AsksForAnAnswerOfASchema) {
  Prompt prompt = prompt_of({user_message("Hi")});
  prompt.response_format = ResponseFormat{.schema = {{"type", "object"}}};

  EXPECT_EQ(encoded(prompt).at("output_config"),
            parse_json(R"({"format":{"type":"json_schema","schema":{"type":"object"}}})").value());
}

TEST(AnthropicRequest, SaysWhichFormOfAnAnswerItCannotAskFor) {
  Prompt prompt = prompt_of({user_message("Hi")});
  prompt.response_format = ResponseFormat{};

  EXPECT_EQ(unmet_format(prompt, claude_model("claude-sonnet-5")), "response_format without a schema");
  prompt.response_format->schema = {{"type", "object"}};
  EXPECT_EQ(unmet_format(prompt, claude_model("claude-sonnet-5")), "");
  EXPECT_EQ(unmet_format(prompt, claude_model("claude-3-5-haiku-latest")), "response_format");
}

TEST(AnthropicRequest, MarksOnlyTheNewestTwoContributionsOfTheUser) {
  const std::string body = encode_request(prompt_of({user_message("1"), assistant_message("a"), user_message("2"),
                                                     assistant_message("b"), user_message("3")}),
                                          {});

  EXPECT_THAT(body, HasSubstr(R"({"type":"text","text":"1"})"));
  EXPECT_THAT(body, HasSubstr(R"({"type":"text","text":"2","cache_control")"));
  EXPECT_THAT(body, HasSubstr(R"({"type":"text","text":"3","cache_control")"));
}

TEST(ClaudeModel, IsKnownByItsVersion) {
  EXPECT_EQ(claude_model("claude-3-haiku-20240307").max_tokens, 4096);
  EXPECT_EQ(claude_model("claude-3-5-sonnet-20241022").max_tokens, 8192);
  EXPECT_EQ(claude_model("claude-opus-4-20250514").thinking, Thinking::budget);
  EXPECT_EQ(claude_model("anthropic.claude-sonnet-4-6-v1:0").thinking, Thinking::adaptive);
  EXPECT_EQ(claude_model("claude-sonnet-latest").thinking, Thinking::adaptive);
  EXPECT_FALSE(claude_model("claude-sonnet-latest").sampling);
}

TEST(ClaudeModel, LearnsWhatItRefuses) {
  ClaudeModel model;

  EXPECT_TRUE(adapt_to_refusal(model, "temperature", "temperature: Extra inputs are not permitted"));
  EXPECT_FALSE(adapt_to_refusal(model, "temperature", "temperature: Extra inputs are not permitted"));
  EXPECT_TRUE(adapt_to_refusal(model, "", "thinking.type: adaptive is not supported by this model"));
  EXPECT_FALSE(adapt_to_refusal(model, "", "messages: first message must use the user role"));
}

}  // namespace
}  // namespace convoke::anthropic
