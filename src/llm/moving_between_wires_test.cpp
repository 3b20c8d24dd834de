// A conversation that one provider began and another goes on with: what each has said of itself stays with it, and
// calls and their results find each other whoever reads them.
#include <gmock/gmock.h>

#include <regex>

#include "llm/anthropic/reply_reader.hpp"
#include "llm/anthropic/request_encoder.hpp"
#include "llm/openai_chat/reply_accumulator.hpp"
#include "llm/openai_chat/request_encoder.hpp"
#include "llm/openai_responses/reply_reader.hpp"
#include "llm/openai_responses/request_encoder.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view picture = "iVBORw0KGgoAAAANSUhEUg==";

std::unique_ptr<ReplyBuilder> builder(std::string_view wire) {
  Asked asked{.provider = "test", .model = "m"};
  if (wire == "anthropic") return std::make_unique<anthropic::ReplyReader>(asked, WallTime{});
  if (wire == "openai_responses") return std::make_unique<openai_responses::ReplyReader>(asked, WallTime{});
  return std::make_unique<openai_chat::ReplyAccumulator>(openai_chat::ReplyOptions{.asked = asked});
}

/// What a model answered over a wire: thoughts and calls, from its recording.
Message answer_over(std::string_view wire) {
  const std::string_view name = wire == "anthropic"          ? "anthropic_thinking_tools.sse"
                                : wire == "openai_responses" ? "responses_reasoning_tools.sse"
                                                             : "openrouter_reasoning_tools.sse";
  return hear_with(builder(wire), recording_in(CONVOKE_TESTDATA, std::string(name))).reply.message;
}

/// The question, the answer with its calls, and a result with a picture for each of them.
std::vector<Message> conversation_with(Message answer) {
  std::vector<Message> messages{system_message("Be brief."), user_message("What is the weather?"), answer};
  for (const ToolCall& call : answer.tool_calls()) {
    messages.push_back(tool_message({call.id, call.name, "sunny", {Image{"image/png", std::string(picture), ""}}}));
  }
  return messages;
}

std::string request_over(std::string_view wire, std::vector<Message> messages, std::string model = "other") {
  const Prompt prompt{.model = model, .messages = std::move(messages), .tools = {{.name = "get_weather"}}};
  if (wire == "anthropic") return anthropic::encode_request(prompt, anthropic::claude_model(model));
  if (wire == "openai_responses") return openai_responses::encode_request(prompt, openai_responses::traits_of(model));
  return openai_chat::encode_request(prompt, openai_chat::dialect_for(openai_chat::Flavour::openrouter, model));
}

std::vector<std::string> all_of(const std::string& text, const std::string& member) {
  const std::regex pattern("\"" + member + R"re(":"([^"]*)")re");
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

/// The ids of the calls, and of the results, as a wire writes them.
struct Ids {
  std::vector<std::string> calls, results;
};
Ids ids_in(const std::string& request, std::string_view wire) {
  if (wire == "anthropic") {
    const std::regex call(R"re("type":"tool_use","id":"([^"]*)")re");
    Ids ids{.calls = {}, .results = all_of(request, "tool_use_id")};
    for (std::sregex_iterator match(request.begin(), request.end(), call), end; match != end; ++match) {
      ids.calls.push_back((*match)[1]);
    }
    return ids;
  }
  if (wire == "openai_responses") {
    const auto both = all_of(request, "call_id");
    const auto middle = both.begin() + std::ssize(both) / 2;
    return {{both.begin(), middle}, {middle, both.end()}};
  }
  return {all_of(request, "id"), all_of(request, "tool_call_id")};
}

constexpr std::array<std::string_view, 3> wires{"openai_chat", "openai_responses", "anthropic"};
// What belongs to one provider: signatures, encrypted thoughts.
constexpr std::array<std::string_view, 4> secrets{"signature", "encrypted_content", "reasoning_details", "gAAAA"};

class MovingBetweenWires : public testing::TestWithParam<std::tuple<std::string_view, std::string_view>> {};

TEST_P(MovingBetweenWires, KeepsCallsResultsAndPicturesAndLeavesThoughtsBehind) {
  const auto [from, to] = GetParam();
  const Message answer = answer_over(from);
  ASSERT_FALSE(answer.tool_calls().empty());

  const std::string request = request_over(to, conversation_with(answer));

  const Ids ids = ids_in(request, to);
  EXPECT_EQ(ids.calls, ids.results);
  EXPECT_EQ(ids.calls.size(), answer.tool_calls().size());
  EXPECT_THAT(request, HasSubstr(std::string(picture)));
  EXPECT_THAT(request, HasSubstr("sunny"));
  for (const std::string_view secret : secrets) EXPECT_THAT(request, Not(HasSubstr(std::string(secret)))) << request;
  EXPECT_TRUE(parse_json(request).has_value()) << request;
}

TEST_P(MovingBetweenWires, MakesEveryIdFit) {
  const auto [from, to] = GetParam();
  Message answer{Role::assistant, {}};
  const std::string long_one(120, 'x');
  for (const std::string& id :
       std::initializer_list<std::string>{"functions.get_weather:0", "call_1|fc_2", "", "ü", "a b", long_one}) {
    answer.parts.emplace_back(ToolCall{id, "get_weather", "{}"});
  }

  const Ids ids = ids_in(request_over(to, conversation_with(answer)), to);

  EXPECT_EQ(ids.calls, ids.results);
  for (const std::string& id : ids.calls) EXPECT_TRUE(std::regex_match(id, std::regex("[a-zA-Z0-9_-]{1,64}"))) << id;
}

INSTANTIATE_TEST_SUITE_P(Wires, MovingBetweenWires,
                         testing::Combine(testing::ValuesIn(wires), testing::ValuesIn(wires)));

TEST(StayingOnAWire, SendsThoughtsBackToTheModelThatHadThem) {
  EXPECT_THAT(request_over("anthropic", conversation_with(answer_over("anthropic")), "m"), HasSubstr("signature"));
  EXPECT_THAT(request_over("openai_responses", conversation_with(answer_over("openai_responses")), "m"),
              HasSubstr("encrypted_content"));
  EXPECT_THAT(request_over("openai_chat", conversation_with(answer_over("openai_chat")), "m"),
              HasSubstr("reasoning_details"));
}

}  // namespace
}  // namespace convoke
