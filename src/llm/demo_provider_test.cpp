#include "llm/demo_provider.hpp"

#include <gtest/gtest.h>

#include "base/run.hpp"
#include "llm/demo_arithmetic.hpp"

namespace convoke {
namespace {

ToolDefinition tool(std::string name, std::string first = "a", std::string second = "b") {
  return {.name = std::move(name),
          .parameters = {{"type", "object"},
                         {"properties", {{first, {{"type", "number"}}}, {second, {{"type", "number"}}}}}}};
}

Prompt asking(std::string question, std::vector<ToolDefinition> tools = {}) {
  return {.model = "demo", .messages = {user_message(std::move(question))}, .tools = std::move(tools)};
}

std::string only_call(const Prompt& prompt) {
  const auto calls = demo_answer(prompt).message.tool_calls();
  return calls.size() == 1 ? calls[0].name + calls[0].arguments : "";
}

TEST(DemoProvider, CallsTheOfferedToolWithTheTwoNumbers) {
  EXPECT_EQ(only_call(asking("add 2 and 3", {tool("sum")})), R"(sum{"a":2,"b":3})");
  EXPECT_EQ(only_call(asking("What is 7 times 6?", {tool("multiply")})), R"(multiply{"a":7,"b":6})");
  EXPECT_EQ(only_call(asking("divide 8 by 0", {tool("divide")})), R"(divide{"a":8,"b":0})");
  EXPECT_EQ(only_call(asking("2 to the power of 10", {tool("power")})), R"(power{"a":2,"b":10})");
  EXPECT_EQ(only_call(asking("subtract 3 from 10", {tool("subtract")})), R"(subtract{"a":10,"b":3})");
  EXPECT_EQ(only_call(asking("-1.5 + 007", {tool("sum")})), R"(sum{"a":-1.5,"b":7})");
}

TEST(DemoProvider, LooksForACalculationInTheUsersOwnWords) {
  Prompt prompt = asking("Briefly: 3 * 4", {tool("multiply"), tool("divide")});
  prompt.messages[0].parts.emplace_back(
      Text{"<attachment server=\"demo\" uri=\"demo://files\">\n7 / 8\n</attachment>"});

  EXPECT_EQ(only_call(prompt), R"(multiply{"a":3,"b":4})");
}

TEST(DemoProvider, TellsNumbersAsPeopleWriteThem) {
  EXPECT_EQ(in_words({"c", "sum", R"({"a":0.1,"b":2.5})"}), "0.1 plus 2.5");
}

TEST(DemoProvider, FindsAToolBehindAPrefixAndReadsItsParameterNames) {
  EXPECT_EQ(only_call(asking("2 ** 8", {tool("demo__sum"), tool("demo__power", "base", "exponent")})),
            R"(demo__power{"base":2,"exponent":8})");
}

TEST(DemoProvider, SaysWhichToolIsMissing) {
  const Reply reply = demo_answer(asking("add 2 and 3", {tool("multiply")}));

  EXPECT_TRUE(reply.message.text().contains("a tool named \"sum\", but none is connected"));
  EXPECT_EQ(reply.finish_reason, FinishReason::stop);
}

TEST(DemoProvider, TellsTheResultInASentence) {
  Prompt prompt = asking("what is 7 times 6", {tool("multiply")});
  const Message call = demo_answer(prompt).message;
  prompt.messages.push_back(call);
  prompt.messages.push_back(tool_message({.call_id = call.tool_calls()[0].id, .name = "multiply", .text = "42"}));

  const Reply reply = demo_answer(prompt);

  EXPECT_TRUE(reply.message.text().starts_with("7 times 6 is 42."));
  EXPECT_TRUE(reply.message.text().contains("built-in demo model"));
}

TEST(DemoProvider, TellsAFailureOfTheTool) {
  Prompt prompt = asking("divide 8 by 0", {tool("divide")});
  const Message call = demo_answer(prompt).message;
  prompt.messages.push_back(call);
  prompt.messages.push_back(tool_message(
      {.call_id = call.tool_calls()[0].id, .name = "divide", .text = "division by zero", .is_error = true}));

  EXPECT_TRUE(demo_answer(prompt).message.text().starts_with("The tool divide could not do it: division by zero"));
}

TEST(DemoProvider, RemembersWhatItWasAsked) {
  Prompt prompt = asking("add 2 and 3");
  prompt.messages.push_back(assistant_message("No tool."));
  prompt.messages.push_back(user_message("What did I ask before?"));

  EXPECT_TRUE(demo_answer(prompt).message.text().starts_with("Before this you asked me \"add 2 and 3\"."));
  EXPECT_TRUE(demo_answer(asking("What did I ask before?")).message.text().starts_with("You have not asked"));
}

TEST(DemoProvider, ExplainsItselfOtherwise) {
  const Reply reply = demo_answer(asking("Who are you?"));

  EXPECT_TRUE(reply.message.text().contains("add 2 and 3"));
  EXPECT_TRUE(reply.message.text().contains("OPENAI_API_KEY"));
  EXPECT_EQ(reply.model, "demo");
  EXPECT_TRUE(reply.usage.estimated);
}

TEST(DemoProvider, StreamsItsAnswerWordByWord) {
  DemoProvider provider(std::chrono::milliseconds(0));
  std::vector<std::string> shown;
  const auto show = [&](const Delta& delta) { shown.emplace_back(std::get<TextDelta>(delta).text); };

  const ReplyResult reply = run(provider.reply(asking("hello"), show));

  std::string joined;
  for (const std::string& word : shown) joined += word;
  EXPECT_EQ(joined, reply.value().message.text());
  EXPECT_GT(shown.size(), 10U);
}

}  // namespace
}  // namespace convoke
