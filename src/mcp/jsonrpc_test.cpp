#include "mcp/jsonrpc.hpp"

#include <gtest/gtest.h>

namespace convoke::mcp::jsonrpc {
namespace {

int refusal_code(std::string_view text) { return parse_message(text).error().error.code; }

TEST(JsonRpc, TellsTheKindsOfMessagesApart) {
  EXPECT_TRUE(std::holds_alternative<Request>(*parse_message(R"({"jsonrpc":"2.0","id":1,"method":"ping"})")));
  EXPECT_TRUE(std::holds_alternative<Notification>(*parse_message(R"({"jsonrpc":"2.0","method":"x"})")));
  EXPECT_TRUE(std::holds_alternative<Response>(*parse_message(R"({"jsonrpc":"2.0","id":1,"result":{}})")));
  EXPECT_TRUE(std::holds_alternative<Response>(
      *parse_message(R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"what?"}})")));
}

TEST(JsonRpc, KeepsTheTypeOfAnId) {
  const auto number = std::get<Request>(*parse_message(R"({"jsonrpc":"2.0","id":1732380000000,"method":"m"})"));
  const auto text = std::get<Request>(*parse_message(R"({"jsonrpc":"2.0","id":"1732380000000","method":"m"})"));

  EXPECT_EQ(number.id, Id{1732380000000});
  EXPECT_EQ(text.id, Id{"1732380000000"});
  EXPECT_NE(number.id, text.id);
}

TEST(JsonRpc, ReadsBackWhatItWrites) {
  const std::vector<Message> messages{
      Request{"a", "tools/call", {{"name", "t"}, {"n", 42}, {"x", 95.5}, {"nothing", nullptr}}},
      Notification{"notifications/initialized", {}}, result(7, {}),
      failure(std::nullopt, -32600, "no", json::object{{"why", "because"}})};

  for (const Message& message : messages) EXPECT_EQ(*parse_message(serialise(message)), message);
}

TEST(JsonRpc, WritesOneLineWhateverIsInIt) {
  const auto line = serialise(Notification{"m", {{"text", "two\nlines\r\n"}}});

  EXPECT_EQ(line, R"({"jsonrpc":"2.0","method":"m","params":{"text":"two\nlines\r\n"}})");
}

TEST(JsonRpc, MendsTextThatIsNotUtf8) {
  const auto written = [](std::string_view text) {
    const auto message = parse_message(serialise(Notification{"m", {{"t", text}}}));
    return std::string(std::get<Notification>(*message).params.at("t").as_string());
  };

  EXPECT_EQ(written("caf\xe9!"), "caf\xEF\xBF\xBD!");
  EXPECT_EQ(written("\xed\xa0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a lone surrogate
  EXPECT_EQ(written("\xf0\x9f\x98"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // cut off
  EXPECT_EQ(written("ä 世 😀"), "ä 世 😀");
}

TEST(JsonRpc, AnswersWhatItCannotReadWithTheRightCode) {
  EXPECT_EQ(refusal_code("{"), -32700);
  EXPECT_EQ(refusal_code("\xff"), -32700);
  EXPECT_EQ(refusal_code(R"({"jsonrpc":"2.0","id":1,"method":"\ud800"})"), -32700);
  EXPECT_EQ(refusal_code("[]"), -32600);
  EXPECT_EQ(refusal_code(R"({"jsonrpc":"1.0","id":1,"method":"m"})"), -32600);
  EXPECT_EQ(refusal_code(R"({"jsonrpc":"2.0","id":1})"), -32600);
  EXPECT_EQ(refusal_code(R"({"jsonrpc":"2.0","id":null,"method":"m"})"), -32600);
  EXPECT_EQ(refusal_code(R"({"jsonrpc":"2.0","id":1.5,"method":"m"})"), -32600);
  EXPECT_EQ(refusal_code(R"({"jsonrpc":"2.0","id":1,"method":"m","params":[1]})"), -32600);
  EXPECT_EQ(refusal_code(R"({"jsonrpc":"2.0","id":1,"result":[]})"), -32600);
}

TEST(JsonRpc, NamesTheIdOfABrokenRequestWhereItCan) {
  EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":5,"method":1})").error().id, Id{5});
  EXPECT_EQ(parse_message("{").error().id, std::nullopt);
}

TEST(JsonRpc, RefusesToNestDeeply) {
  const std::string deep(1000, '[');

  EXPECT_EQ(refusal_code(deep), -32700);
}

TEST(JsonRpc, ReadsABatchMessageByMessage) {
  const auto messages =
      parse_messages(std::string_view(R"([{"jsonrpc":"2.0","id":1,"method":"a"}, 5, {"jsonrpc":"2.0","method":"b"}])"));

  ASSERT_EQ(messages.size(), 3U);
  EXPECT_TRUE(messages[0]);
  EXPECT_FALSE(messages[1]);
  EXPECT_TRUE(messages[2]);
}

TEST(JsonRpc, ReadsALargeMessageAsAnyOther) {
  const std::string words = "\"quoted\" lines\n";
  json::string text;
  while (text.size() < 5'000'000) text += words;
  const Response sent{Id{1}, json::object{{"text", text}, {"after", json::array{1, 2.5, nullptr}}}};

  auto read = parse_messages(serialise(sent) + "  ");
  const auto cut = parse_messages(serialise(sent).substr(0, 4'000'000));
  const auto more = parse_messages(serialise(sent) + "x");

  ASSERT_TRUE(read.at(0));
  EXPECT_TRUE(*read.at(0) == Message{sent});
  EXPECT_EQ(cut.at(0).error().error.message, "not JSON: it ends too early");
  EXPECT_TRUE(more.at(0).error().error.message.ends_with("something follows the document"));
}

}  // namespace
}  // namespace convoke::mcp::jsonrpc
