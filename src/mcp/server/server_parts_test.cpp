// The pure parts of the server: URI templates, the seal on carried answers, and the checks on HTTP headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mcp/server/http_checks.hpp"
#include "mcp/server/input_seal.hpp"
#include "mcp/server/methods.hpp"

namespace convoke::mcp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(UriTemplate, FindsTheVariables) {
  EXPECT_THAT(*match_uri("test://template/{id}/data", "test://template/12/data"), ElementsAre(Pair("id", "12")));
  EXPECT_THAT(*match_uri("db://{table}/{row}", "db://people/a%20b"),
              ElementsAre(Pair("row", "a b"), Pair("table", "people")));
  EXPECT_THAT(*match_uri("file:///{+path}", "file:///a/b/c"), ElementsAre(Pair("path", "a/b/c")));
}

TEST(UriTemplate, FitsNothingElse) {
  EXPECT_FALSE(match_uri("test://{id}/data", "test://1/2/data"));
  EXPECT_FALSE(match_uri("test://{id}/data", "test:///data"));
  EXPECT_FALSE(match_uri("test://{id}/data", "test://1/data/more"));
  EXPECT_FALSE(match_uri("test://{id", "test://1"));
}

class Seal : public ::testing::Test {
 protected:
  const json::object answers{{"user_name", json::object{{"action", "accept"}}}};
  const json::object params{{"name", "greet"}, {"arguments", json::object{}}};
  const std::chrono::system_clock::time_point now{std::chrono::hours(500'000)};
  InputSeal seal;
};

TEST_F(Seal, GivesTheAnswersBackToTheSameRequest) {
  const auto state = seal.seal(answers, "tools/call", params, now + 60s);
  json::object retry{{"inputResponses", json::object{}}, {"arguments", json::object{}}, {"name", "greet"}};

  EXPECT_EQ(seal.open(state, "tools/call", retry, now), answers);
}

TEST_F(Seal, IsDifferentEveryTime) {
  EXPECT_NE(seal.seal(answers, "m", params, now), seal.seal(answers, "m", params, now));
}

TEST_F(Seal, RefusesWhatWasChangedMovedOrKeptTooLong) {
  const auto state = seal.seal(answers, "tools/call", params, now + 60s);
  const json::object other{{"name", "delete"}, {"arguments", json::object{}}};

  EXPECT_FALSE(seal.open(state + "-TAMPERED", "tools/call", params, now));
  EXPECT_FALSE(seal.open("x" + state, "tools/call", params, now));
  EXPECT_FALSE(seal.open("", "tools/call", params, now));
  EXPECT_FALSE(seal.open(state, "tools/call", other, now));
  EXPECT_FALSE(seal.open(state, "prompts/get", params, now));
  EXPECT_FALSE(seal.open(state, "tools/call", params, now + 61s));
  EXPECT_FALSE(InputSeal().open(state, "tools/call", params, now));
}

bool allowed(net::Headers headers) {
  return comes_from_allowed_host(headers, {"localhost", "127.0.0.1", "[::1]"}, {"https://chat.example"});
}

TEST(HostCheck, LetsThisMachineIn) {
  EXPECT_TRUE(allowed({{"host", "localhost:3000"}}));
  EXPECT_TRUE(allowed({{"Host", "LOCALHOST"}, {"Origin", "http://localhost:5173"}}));
  EXPECT_TRUE(allowed({{"Host", "[::1]:80"}, {"Origin", "https://127.0.0.1"}}));
  EXPECT_TRUE(allowed({{"Host", "localhost"}, {"Origin", "https://chat.example"}}));
}

TEST(HostCheck, KeepsOthersOut) {
  EXPECT_FALSE(allowed({}));
  EXPECT_FALSE(allowed({{"Host", "evil.example"}}));
  EXPECT_FALSE(allowed({{"Host", "localhost.evil.example"}}));
  EXPECT_FALSE(allowed({{"Host", "localhost"}, {"Origin", "http://localhost.evil.example"}}));
  EXPECT_FALSE(allowed({{"Host", "localhost"}, {"Origin", "null"}}));
  EXPECT_FALSE(allowed({{"Host", "localhost"}, {"Origin", "https://chat.example.evil"}}));
}

jsonrpc::Request call(std::string_view arguments) {
  return {1, "tools/call", {{"name", "t"}, {"arguments", parse_json(arguments).value()}}};
}

TEST(HeaderCheck, WantsTheHeadersToSayWhatTheBodySays) {
  Tool tool{.name = "t"};
  tool.input_schema = parse_json(R"({"properties":{"n":{"type":"integer","x-mcp-header":"N"}}})").value().as_object();
  const net::Headers right{{"mcp-method", " tools/call "}, {"MCP-NAME", "t"}, {"Mcp-Param-n", "42.0"}};

  EXPECT_FALSE(header_mismatch(call(R"({"n":42})"), right, &tool));
  EXPECT_TRUE(header_mismatch(call(R"({"n":43})"), right, &tool));
  EXPECT_TRUE(header_mismatch(call("{}"), {{"Mcp-Method", "tools/call"}}, &tool));
  EXPECT_TRUE(header_mismatch(call("{}"), {{"Mcp-Method", "Tools/call"}, {"Mcp-Name", "t"}}, &tool));
  EXPECT_TRUE(header_mismatch(call(R"({"n":42})"), {{"Mcp-Method", "tools/call"}, {"Mcp-Name", "t"}}, &tool));
  EXPECT_FALSE(header_mismatch(call(R"({"n":null})"), {{"Mcp-Method", "tools/call"}, {"Mcp-Name", "t"}}, &tool));
}

}  // namespace
}  // namespace convoke::mcp
