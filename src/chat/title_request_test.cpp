#include "chat/title_request.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(TitleIn, TakesOffWhatModelsPutAroundATitle) {
  EXPECT_EQ(title_in("Distance to the Moon"), "Distance to the Moon");
  EXPECT_EQ(title_in("\n \"Distance to the Moon.\"\nBecause the user asks"), "Distance to the Moon");
  EXPECT_EQ(title_in("**Title: x**"), "Title: x");
  EXPECT_EQ(title_in("Title: “Der Mond”"), "Der Mond");
  EXPECT_EQ(title_in("# 月までの距離"), "月までの距離");
  EXPECT_EQ(title_in("To be continued..."), "To be continued...");
  EXPECT_EQ(title_in("\"\""), "");
  EXPECT_EQ(title_in(" \n"), "");
}

TEST(TitleRequest, IsShortHoweverMuchWasSaid) {
  const Prompt prompt = title_request({.conversation_id = "c",
                                       .request_id = "r",
                                       .question = std::string(100'000, 'q'),
                                       .answer = std::string(100'000, 'a'),
                                       .user = "ada"});

  EXPECT_LT(prompt.messages.at(1).text().size(), 2'000U);
  EXPECT_EQ(prompt.max_output_tokens, 200);
  EXPECT_EQ(prompt.terms.priority, limits::Priority::background);
  EXPECT_EQ(prompt.account.origin,
            (CallOrigin{.purpose = "title", .user = "ada", .conversation_id = "c", .request_id = "r"}));
}

}  // namespace
}  // namespace convoke
