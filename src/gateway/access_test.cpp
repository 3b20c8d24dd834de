#include "gateway/access.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

net::ServerRequest request(net::Headers headers, std::string query = "") {
  return {.method = "GET", .path = "/ws/chat", .query = std::move(query), .headers = std::move(headers)};
}

int status_of(const AccessRules& rules, const net::ServerRequest& r) {
  const auto refused = refusal(rules, r, true);
  return refused ? refused->status : 200;
}

TEST(Access, LetsProgramsOnThisMachineIn) {
  EXPECT_EQ(status_of({}, request({{"Host", "localhost:8000"}})), 200);
  EXPECT_EQ(status_of({}, request({{"Host", "[::1]:8000"}})), 200);
}

TEST(Access, LetsItsOwnPageInAndNoOther) {
  EXPECT_EQ(status_of({}, request({{"Host", "localhost:8000"}, {"Origin", "http://localhost:8000"}})), 200);
  EXPECT_EQ(status_of({}, request({{"Host", "localhost:8000"}, {"Origin", "http://evil.example"}})), 403);
  EXPECT_EQ(status_of({}, request({{"Host", "localhost:8000"}, {"Origin", "http://localhost:3000"}})), 403);
  EXPECT_EQ(status_of({}, request({{"Host", "localhost:8000"}, {"Origin", "null"}})), 403);
}

TEST(Access, RefusesAForeignNameThatPointsAtThisMachine) {
  EXPECT_EQ(status_of({}, request({{"Host", "evil.example:8000"}, {"Origin", "http://evil.example:8000"}})), 403);
}

TEST(Access, LetsConfiguredOriginsIn) {
  const AccessRules rules{.allow_origins = {"https://chat.example.com"}};
  EXPECT_EQ(status_of(rules, request({{"Host", "localhost"}, {"Origin", "https://chat.example.com"}})), 200);
  EXPECT_EQ(status_of({.allow_origins = {"*"}}, request({{"Host", "localhost"}, {"Origin", "https://a.b"}})), 200);
}

TEST(Access, KnowsUsersByThePlaceOfTheirToken) {
  const AccessRules rules{.tokens = {Secret("s3cret"), Secret("other")}};
  EXPECT_EQ(user_of(rules, request({{"Authorization", "Bearer s3cret"}})), "token 1");
  EXPECT_EQ(user_of(rules, request({}, "access_token=other")), "token 2");
  EXPECT_EQ(user_of(rules, request({})), "");
  EXPECT_EQ(user_of({}, request({{"Authorization", "Bearer s3cret"}})), "");
}

TEST(Access, AsksForATokenWhereOneIsConfigured) {
  const AccessRules rules{.loopback_only = false, .tokens = {Secret("s3cret"), Secret("other")}};
  EXPECT_EQ(status_of(rules, request({{"Host", "chat.lan"}})), 401);
  EXPECT_EQ(status_of(rules, request({{"Host", "chat.lan"}, {"Authorization", "Bearer wrong!"}})), 401);
  EXPECT_EQ(status_of(rules, request({{"Host", "chat.lan"}, {"Authorization", "Bearer s3cret"}})), 200);
  EXPECT_EQ(status_of(rules, request({{"Host", "chat.lan"}}, "a=b&access_token=other")), 200);
  EXPECT_EQ(status_of(rules, request({{"Host", "chat.lan"}}, "access_token=")), 401);
}

}  // namespace
}  // namespace convoke
