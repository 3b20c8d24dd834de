#include "mcp/client/response_cache.hpp"

#include <gtest/gtest.h>

namespace convoke::mcp {
namespace {

json::object page(std::int64_t ttl_ms) { return {{"tools", json::array{1}}, {"ttlMs", ttl_ms}}; }

using namespace std::chrono_literals;

class ResponseCacheTest : public ::testing::Test {
 protected:
  ManualClock clock;
  ResponseCache cache{clock};
};

TEST_F(ResponseCacheTest, GivesBackWhatIsFresh) {
  cache.keep("tools/list", {}, page(1'000));

  clock.advance(999ms);
  EXPECT_EQ(cache.find("tools/list", {}), page(1'000));
  clock.advance(1ms);
  EXPECT_FALSE(cache.find("tools/list", {}));
}

TEST_F(ResponseCacheTest, KeepsPagesApart) {
  cache.keep("tools/list", {{"cursor", "b"}}, page(1'000));

  EXPECT_FALSE(cache.find("tools/list", {}));
  EXPECT_TRUE(cache.find("tools/list", {{"cursor", "b"}}));
}

TEST_F(ResponseCacheTest, KeepsNothingWithoutLeave) {
  cache.keep("tools/list", {}, page(0));
  cache.keep("prompts/list", {}, page(-5));
  cache.keep("resources/list", {}, {{"resources", json::array{}}});
  cache.keep("tools/call", {{"name", "x"}}, page(1'000));

  EXPECT_FALSE(cache.find("tools/list", {}));
  EXPECT_FALSE(cache.find("prompts/list", {}));
  EXPECT_FALSE(cache.find("resources/list", {}));
  EXPECT_FALSE(cache.find("tools/call", {{"name", "x"}}));
}

TEST_F(ResponseCacheTest, NeverKeepsAnAnswerThatInputWentInto) {
  cache.keep("resources/read", {{"uri", "a:b"}, {"requestState", "s"}}, page(1'000));

  EXPECT_FALSE(cache.find("resources/read", {{"uri", "a:b"}}));
}

TEST_F(ResponseCacheTest, ForgetsAListThatChanged) {
  cache.keep("tools/list", {}, page(1'000));
  cache.keep("tools/list", {{"cursor", "b"}}, page(1'000));
  cache.keep("prompts/list", {}, page(1'000));

  cache.forget("tools/list");

  EXPECT_FALSE(cache.find("tools/list", {}));
  EXPECT_FALSE(cache.find("tools/list", {{"cursor", "b"}}));
  EXPECT_TRUE(cache.find("prompts/list", {}));
}

TEST_F(ResponseCacheTest, ForgetsAResourceWhenAPartOfItChanged) {
  cache.keep("resources/read", {{"uri", "file:///a"}}, page(1'000));
  cache.keep("resources/read", {{"uri", "file:///b"}}, page(1'000));

  cache.forget_resource("file:///a/part");

  EXPECT_FALSE(cache.find("resources/read", {{"uri", "file:///a"}}));
  EXPECT_TRUE(cache.find("resources/read", {{"uri", "file:///b"}}));
}

TEST_F(ResponseCacheTest, StaysWithinItsBound) {
  const json::object large{{"contents", std::string(6 * 1024 * 1024, 'x')}, {"ttlMs", 1'000}};
  cache.keep("resources/read", {{"uri", "a"}}, large);
  cache.keep("resources/read", {{"uri", "b"}}, large);
  cache.keep("resources/read", {{"uri", "c"}}, large);

  EXPECT_FALSE(cache.find("resources/read", {{"uri", "a"}}));
  EXPECT_TRUE(cache.find("resources/read", {{"uri", "c"}}));
}

}  // namespace
}  // namespace convoke::mcp
