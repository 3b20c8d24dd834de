#include "llm/openai_chat/request_encoder.hpp"

#include <gtest/gtest.h>

#include "llm/replay.hpp"
#include "llm/schema_encoder.hpp"

namespace convoke::openai_chat {
namespace {

json::value encoded(const Prompt& prompt, Flavour flavour) {
  return parse_json(encode_request(prompt, dialect_for(flavour, prompt.model))).value();
}

json::value encoded_messages(std::vector<Message> messages, Flavour flavour = Flavour::generic) {
  return *find(encoded({.model = "m", .messages = std::move(messages)}, flavour), "messages");
}

json::value text(std::string_view json_text) { return parse_json(json_text).value(); }

std::string encoded_schema(const json::object& schema) {
  std::string out;
  append_schema(out, schema);
  return out;
}

Prompt prompt_for(std::string model) {
  return {.model = std::move(model),
          .messages = {system_message("Be brief."), user_message("Hi")},
          .tools = {{.name = "sum", .description = "Adds.", .parameters = {{"type", "object"}}}},
          .temperature = 0.5,
          .top_p = 0.9,
          .max_output_tokens = 100};
}

TEST(RequestEncoder, WritesAPlainRequestForAnUnknownServer) {
  EXPECT_EQ(encoded(prompt_for("llama"), Flavour::generic), text(R"({
    "model":"llama",
    "tools":[{"type":"function","function":{"name":"sum","description":"Adds.",
              "parameters":{"type":"object","properties":{}}}}],
    "parallel_tool_calls":true,"stream":true,"stream_options":{"include_usage":true},
    "temperature":5e-1,"top_p":9e-1,"max_tokens":100,
    "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}]})"));
}

TEST(RequestEncoder, GivesReasoningModelsTheirOwnNamesAndNoSampling) {
  const auto body = encoded(prompt_for("o4-mini"), Flavour::openai);

  EXPECT_EQ(find_integer(body, "max_completion_tokens"), 100);
  EXPECT_EQ(find(body, "max_tokens"), nullptr);
  EXPECT_EQ(find(body, "temperature"), nullptr);
  EXPECT_EQ(find(body, "top_p"), nullptr);
  EXPECT_EQ(find_string(find_array(body, "messages")->front(), "role"), "developer");
  EXPECT_EQ(find(body, "reasoning_effort"), nullptr);
}

TEST(RequestEncoder, TurnsReasoningOffWhereToolsRuleItOut) {
  Prompt prompt = prompt_for("gpt-6-luna");
  EXPECT_EQ(find_string(encoded(prompt, Flavour::openai), "reasoning_effort"), "none");
  EXPECT_EQ(find_string(encoded(prompt_for("gpt-5.6-sol"), Flavour::openai), "reasoning_effort"), "none");
  EXPECT_EQ(find(encoded(prompt_for("gpt-5-mini"), Flavour::openai), "reasoning_effort"), nullptr);

  prompt.tools.clear();
  EXPECT_EQ(find(encoded(prompt, Flavour::openai), "reasoning_effort"), nullptr);
}

TEST(RequestEncoder, KeepsSamplingForModelsThatDoNotReason) {
  const auto body = encoded(prompt_for("gpt-4.1-mini"), Flavour::openai);

  EXPECT_EQ(find(body, "temperature")->as_double(), 0.5);
  EXPECT_EQ(find_integer(body, "max_tokens"), 100);
  EXPECT_EQ(find_string(find_array(body, "messages")->front(), "role"), "system");
}

TEST(RequestEncoder, SendsGroqOnlyWhatItKnows) {
  Prompt prompt = prompt_for("openai/gpt-oss-120b");
  prompt.messages.push_back(
      {Role::assistant, {Reasoning{"hm", R"([{"type":"reasoning.text","text":"hm"}])"}, Text{"Yes"}}});

  const auto body = encoded(prompt, Flavour::groq);

  EXPECT_EQ(find(body, "stream_options"), nullptr);
  EXPECT_EQ(find_integer(body, "max_completion_tokens"), 100);
  EXPECT_EQ(find_array(body, "messages")->back(), text(R"({"role":"assistant","content":"Yes"})"));
}

TEST(RequestEncoder, SendsOpenRouterItsReasoningDetailsBack) {
  const std::string details = R"([{"type":"reasoning.text","text":"hm","index":0}])";
  const Message thought{Role::assistant, {Reasoning{"hm", tied_replay("openai_chat", "m", details)}, Text{"Yes"}}};
  const Message foreign{Role::assistant, {Reasoning{"hm", tied_replay("openai_chat", "n", details)}, Text{"Yes"}}};

  const auto messages = encoded_messages({thought, foreign}, Flavour::openrouter);

  EXPECT_EQ(
      messages,
      text(
          R"([{"role":"assistant","content":"Yes","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}]},
                               {"role":"assistant","content":"Yes"}])"));
}

TEST(RequestEncoder, EchoesReasoningWithinAToolLoopWhereTheModelWantsIt) {
  const Message call{Role::assistant, {Reasoning{"hm", {}}, ToolCall{"a", "f", "{}"}}};

  const auto messages = *find(encoded({.model = "kimi-k3", .messages = {call}}, Flavour::generic), "messages");

  EXPECT_EQ(find_string(messages.as_array()[0], "reasoning_content"), "hm");
}

TEST(RequestEncoder, WritesToolCallsAndTheirAnswers) {
  const auto messages =
      encoded_messages({{Role::assistant, {ToolCall{"a", "f", R"({"x":1})"}, ToolCall{"b", "g", "{}"}}},
                        tool_message({.call_id = "a", .name = "f", .text = "no such file", .is_error = true}),
                        tool_message({.call_id = "b", .name = "g", .text = ""})});

  EXPECT_EQ(messages, text(R"json([
    {"role":"assistant","content":null,"tool_calls":[
      {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
      {"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"a","content":"Error: no such file"},
    {"role":"tool","tool_call_id":"b","content":"(no output)"}])json"));
}

TEST(RequestEncoder, ShowsPicturesOfToolsAfterTheLastToolMessage) {
  const Image picture{"image/png", std::string(4096, 'A'), {}};
  const auto messages =
      encoded_messages({{Role::assistant, {ToolCall{"a", "f", "{}"}, ToolCall{"b", "g", "{}"}}},
                        tool_message({.call_id = "a", .name = "f", .text = "a cat", .images = {picture}}),
                        tool_message({.call_id = "b", .name = "g", .text = "ok"}),
                        user_message("And?")});

  EXPECT_EQ(find_string(messages.as_array()[1], "content"), "a cat\n[image 1: image/png, 3 KB, shown below]");
  EXPECT_EQ(find_string(messages.as_array()[2], "role"), "tool");
  EXPECT_EQ(find_string(messages.as_array()[3], "role"), "user");
  EXPECT_EQ(find_string(find_array(messages.as_array()[3], "content")->front(), "type"), "image_url");
  EXPECT_EQ(find_string(messages.as_array()[4], "content"), "And?");
}

TEST(RequestEncoder, WritesPicturesOfTheUserAsDataOrAddress) {
  const auto messages = encoded_messages(
      {{Role::user, {Text{"Look:"}, Image{"image/png", "QUJD", {}}, Image{{}, {}, "https://x/y.png"}}}});

  EXPECT_EQ(messages, text(R"([{"role":"user","content":[{"type":"text","text":"Look:"},
    {"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},
    {"type":"image_url","image_url":{"url":"https://x/y.png"}}]}])"));
}

TEST(RequestEncoder, SendsAToolChoiceOnlyWithTools) {
  Prompt prompt = prompt_for("llama");
  prompt.tool_choice = ToolChoice::none;
  EXPECT_EQ(find_string(encoded(prompt, Flavour::generic), "tool_choice"), "none");

  prompt.tools.clear();
  EXPECT_EQ(find(encoded(prompt, Flavour::generic), "tool_choice"), nullptr);
  EXPECT_EQ(find(encoded(prompt, Flavour::generic), "tools"), nullptr);
}

TEST(RequestEncoder, BeginsALongerConversationWithTheSameBytes) {
  Prompt prompt = prompt_for("gpt-6-luna");
  const Dialect dialect = dialect_for(Flavour::openai, prompt.model);
  const std::string shorter = encode_request(prompt, dialect);
  prompt.messages.push_back(assistant_message("Hello"));

  const std::string longer = encode_request(prompt, dialect);

  EXPECT_TRUE(longer.starts_with(shorter.substr(0, shorter.size() - 2))) << longer;
}

TEST(RequestEncoder, NamesPicturesToModelsThatCannotSee) {
  const Message look{Role::user, {Text{"Look:"}, Image{"image/png", "QUJD", {}}}};
  const Message call{Role::assistant, {ToolCall{"a", "f", "{}"}}};
  const Message seen =
      tool_message({.call_id = "a", .name = "f", .text = "done", .images = {{"image/png", "QUJD", {}}}});

  const auto body = encoded({.model = "openai/gpt-oss-120b", .messages = {look, call, seen}}, Flavour::groq);

  const json::array& messages = *find_array(body, "messages");
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(find_string(messages[0], "content"), "Look:\n[image: image/png, 1 KB; this model cannot see it]");
  EXPECT_EQ(find_string(messages[2], "content"), "done\n[image: image/png, 1 KB; this model cannot see it]");
}

TEST(RequestEncoder, SendsOpenRouterItsPreferences) {
  Prompt prompt = prompt_for("anthropic/claude-sonnet-5.5");
  prompt.reasoning_effort = ReasoningEffort::high;
  const OpenRouterSettings router{.fallback_models = {"openai/gpt-6-luna"},
                                  .order = {"anthropic", "google-vertex"},
                                  .sort = "price",
                                  .data_collection = "deny",
                                  .allow_fallbacks = false,
                                  .zero_data_retention = true};

  const auto body = text(encode_request(prompt, dialect_for(Flavour::openrouter, prompt.model), router));

  EXPECT_EQ(body.at("models"), text(R"(["openai/gpt-6-luna"])"));
  EXPECT_EQ(body.at("provider"), text(R"({"order":["anthropic","google-vertex"],"allow_fallbacks":false,"zdr":true,
                                          "data_collection":"deny","sort":"price"})"));
  EXPECT_EQ(body.at("reasoning"), text(R"({"effort":"high"})"));
  EXPECT_EQ(body.at("cache_control"), text(R"({"type":"ephemeral"})"));
}

TEST(RequestEncoder, SendsNoPreferencesWhereThereAreNone) {
  const auto body = encoded(prompt_for("openai/gpt-6-luna"), Flavour::openrouter);

  for (const char* member : {"models", "provider", "reasoning", "cache_control", "stream_options"}) {
    EXPECT_EQ(find(body, member), nullptr) << member;
  }
}

TEST(RequestEncoder, WritesEffortInTheWordsTheModelKnows) {
  const auto effort = [](std::string model, ReasoningEffort wanted, Flavour flavour) {
    const Prompt prompt{.model = std::move(model), .messages = {user_message("Hi")}, .reasoning_effort = wanted};
    return std::string(find_string(encoded(prompt, flavour), "reasoning_effort").value_or("nothing"));
  };
  EXPECT_EQ(effort("openai/gpt-oss-20b", ReasoningEffort::none, Flavour::groq), "low");
  EXPECT_EQ(effort("openai/gpt-oss-20b", ReasoningEffort::max, Flavour::groq), "high");
  EXPECT_EQ(effort("qwen/qwen3.6-27b", ReasoningEffort::high, Flavour::groq), "default");
  EXPECT_EQ(effort("qwen/qwen3.8-27b", ReasoningEffort::medium, Flavour::groq), "medium");
  EXPECT_EQ(effort("gpt-4.1", ReasoningEffort::high, Flavour::openai), "nothing");
  EXPECT_EQ(effort("gpt-5-mini", ReasoningEffort::minimal, Flavour::openai), "minimal");
  EXPECT_EQ(effort("qwen3:8b", ReasoningEffort::low, Flavour::generic), "low");
}

TEST(RequestEncoder, AsksForAnAnswerOfASchema) {
  Prompt prompt{.model = "gpt-4.1", .messages = {user_message("Hi")}};
  prompt.response_format = ResponseFormat{.name = "city", .schema = {{"type", "object"}}};

  EXPECT_EQ(encoded(prompt, Flavour::openai).at("response_format"),
            text(R"({"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":{"type":"object"}}})"));
  prompt.response_format->schema.clear();
  EXPECT_EQ(encoded(prompt, Flavour::openai).at("response_format"), text(R"({"type":"json_object"})"));
}

TEST(RequestEncoder, SendsGroqASchemaOnlyWithoutAStreamAndTools) {
  Prompt prompt{.model = "openai/gpt-oss-120b", .messages = {user_message("Hi")}};
  prompt.response_format = ResponseFormat{.schema = {{"type", "object"}}};
  EXPECT_EQ(find(encoded(prompt, Flavour::groq), "stream"), nullptr);
  EXPECT_NE(find(encoded(prompt, Flavour::groq), "response_format"), nullptr);

  prompt.tools = {{"f"}};
  EXPECT_NE(find(encoded(prompt, Flavour::groq), "stream"), nullptr);
  EXPECT_EQ(find(encoded(prompt, Flavour::groq), "response_format"), nullptr);
}

TEST(RequestEncoder, SaysWhichFormOfAnAnswerItCannotAskFor) {
  Prompt prompt{.model = "openai/gpt-oss-120b", .messages = {user_message("Hi")}, .tools = {{"f"}}};
  EXPECT_EQ(unmet_format(prompt, dialect_for(Flavour::groq, prompt.model)), "");

  prompt.response_format = ResponseFormat{};

  EXPECT_EQ(unmet_format(prompt, dialect_for(Flavour::groq, prompt.model)), "response_format beside tools");
  Dialect refusing = dialect_for(Flavour::generic, prompt.model);
  EXPECT_EQ(unmet_format(prompt, refusing), "");
  EXPECT_TRUE(adapt_to_refusal(refusing, "response_format"));
  EXPECT_EQ(unmet_format(prompt, refusing), "response_format");
}

TEST(RequestEncoder, GivesMistralIdsOfNineCharacters) {
  const Message call{Role::assistant, {ToolCall{"call_0123456789", "f", "{}"}}};
  const Message result = tool_message({.call_id = "call_0123456789", .name = "f", .text = "x"});

  const auto body = encoded({.model = "mistral-small-4", .messages = {call, result}}, Flavour::generic);

  const json::array& messages = *find_array(body, "messages");
  const std::string id = string_or_empty(messages[0].at("tool_calls").at(0), "id");
  EXPECT_EQ(id.size(), 9U);
  EXPECT_EQ(find_string(messages[1], "tool_call_id"), id);
}

TEST(AppendSchema, DropsWhatNoModelReads) {
  const auto schema = text(R"({"$schema":"x","$id":"y","type":"object","x-order":1,"properties":{
      "examples":{"type":"string","default":null,"examples":["a"],"$comment":"c"},
      "x-ray":{"type":"string","enum":[],"default":"d"}},"required":["examples"]})");

  EXPECT_EQ(
      text(encoded_schema(schema.as_object())),
      text(R"({"type":"object","properties":{"examples":{"type":"string"},"x-ray":{"type":"string","default":"d"}},
                     "required":["examples"]})"));
}

TEST(AppendSchema, MakesAnObjectOfAnEmptySchema) {
  EXPECT_EQ(text(encoded_schema({})), text(R"({"type":"object","properties":{}})"));
}

TEST(AppendSchema, MergesAChoiceAtTheRoot) {
  const auto schema =
      text(R"({"anyOf":[{"properties":{"id":{"type":"string"},"why":{"type":"string"}},"required":["id","why"]},
                                        {"properties":{"name":{"type":"string"}},"required":["name","why"]}]})");

  EXPECT_EQ(
      text(encoded_schema(schema.as_object())),
      text(R"({"type":"object","properties":{"id":{"type":"string"},"why":{"type":"string"},"name":{"type":"string"}},
                     "required":["why"]})"));
}

TEST(AdaptToRefusal, RenamesTheOutputLimitOnceAndThenDropsIt) {
  Dialect dialect = dialect_for(Flavour::generic, "m");
  const Prompt prompt{.model = "m", .max_output_tokens = 7};

  EXPECT_TRUE(adapt_to_refusal(dialect, "max_tokens"));
  EXPECT_TRUE(encode_request(prompt, dialect).contains("\"max_completion_tokens\":7"));

  EXPECT_TRUE(adapt_to_refusal(dialect, "max_completion_tokens"));
  EXPECT_FALSE(encode_request(prompt, dialect).contains(":7"));
}

TEST(AdaptToRefusal, LeavesOutAnOptionalMemberAndGivesUpOnOthers) {
  Dialect dialect = dialect_for(Flavour::generic, "m");

  EXPECT_TRUE(adapt_to_refusal(dialect, "stream_options.include_usage"));
  EXPECT_FALSE(encode_request({.model = "m"}, dialect).contains("stream_options"));
  EXPECT_FALSE(adapt_to_refusal(dialect, "stream_options"));
  EXPECT_FALSE(adapt_to_refusal(dialect, "messages"));
}

}  // namespace
}  // namespace convoke::openai_chat
