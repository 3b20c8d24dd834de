#include "hub/host_answers.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(WebAddress, ShowsTheHostAndNothingThatPretendsToBeIt) {
  EXPECT_EQ(host_of_web_address("https://pay.example.com/x?y#z"), "pay.example.com");
  EXPECT_EQ(host_of_web_address("http://localhost:8080"), "localhost:8080");
  EXPECT_EQ(host_of_web_address("https://bank.example@evil.example/login"), "evil.example");
  EXPECT_EQ(host_of_web_address("https://evil.example\\@bank.example/"), "evil.example");
}

TEST(WebAddress, IsNoneForOtherSchemesAndLettersThatLookAlike) {
  EXPECT_EQ(host_of_web_address("javascript:alert(1)"), "");
  EXPECT_EQ(host_of_web_address("file:///etc/passwd"), "");
  EXPECT_EQ(host_of_web_address("https://b\xd0\xb0nk.example"), "");
  EXPECT_EQ(host_of_web_address("https://a b"), "");
}

TEST(Elicitation, OfAPageShowsItsHost) {
  mcp::ElicitRequest request{.mode = mcp::ElicitRequest::Mode::url, .message = "Pay", .url = "https://pay.example/1"};

  const auto question = question_of("shop", request);

  ASSERT_TRUE(question);
  EXPECT_EQ(question->kind, InputKind::url);
  EXPECT_EQ(question->details, (json::object{{"url", "https://pay.example/1"}, {"host", "pay.example"}}));
}

TEST(Elicitation, OfWhatIsNoPageOfTheWebIsRefused) {
  mcp::ElicitRequest request{.mode = mcp::ElicitRequest::Mode::url, .message = "Run", .url = "file:///bin/sh"};

  EXPECT_EQ(question_of("shop", request).error().code, Errc::invalid_input);
}

TEST(Elicitation, ThatNobodyAnsweredIsCancelled) {
  EXPECT_EQ(elicit_result_of({InputDecision::expired}).action, mcp::ElicitResult::Action::cancel);
  EXPECT_EQ(elicit_result_of({InputDecision::declined}).action, mcp::ElicitResult::Action::decline);
}

TEST(Sampling, KeepsTheSystemPromptFirst) {
  mcp::SamplingRequest request{.messages = {{"user", {mcp::text("Hello")}}, {"assistant", {mcp::text("Hi")}}},
                               .max_tokens = 50,
                               .system_prompt = "Be brief.",
                               .model_hints = {"mini"}};

  const auto question = sampling_question_of("sage", request);

  ASSERT_TRUE(question);
  EXPECT_EQ(question->messages,
            (std::vector{system_message("Be brief."), user_message("Hello"), assistant_message("Hi")}));
  EXPECT_EQ(question->model_hints, std::vector<std::string>{"mini"});
}

TEST(Roots, AreFileAddresses) {
  EXPECT_EQ(root_of("/home/ada/my notes/"), (mcp::Root{"file:///home/ada/my%20notes/", ""}));
  EXPECT_EQ(root_of("/srv/a/../data"), (mcp::Root{"file:///srv/data", "data"}));
  EXPECT_EQ(root_of("file:///x"), (mcp::Root{"file:///x"}));
}

}  // namespace
}  // namespace convoke
