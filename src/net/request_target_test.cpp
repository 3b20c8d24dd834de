#include "net/request_target.hpp"

#include <gtest/gtest.h>

namespace convoke::net {
namespace {

void expect(std::string_view target, std::string_view path, std::string_view query) {
  const auto parsed = parse_request_target(target);
  ASSERT_TRUE(parsed) << target;
  EXPECT_EQ(parsed->path, path);
  EXPECT_EQ(parsed->query, query);
}

TEST(RequestTarget, SeparatesPathAndQuery) {
  expect("/", "/", "");
  expect("/a/b?c=d%20e&f", "/a/b", "c=d%20e&f");
  expect("/a?", "/a", "");
  expect("/a?b?c", "/a", "b?c");
}

TEST(RequestTarget, DecodesThePath) { expect("/caf%C3%A9%2fx%20y", "/caf\xC3\xA9/x y", ""); }

TEST(RequestTarget, ReadsTheFormOfAProxyToo) {
  expect("http://example.org:80/a?b", "/a", "b");
  expect("http://example.org", "/", "");
  expect("http://example.org?b", "/", "b");
}

TEST(RequestTarget, ReadsTheWholeServer) { expect("*", "*", ""); }

TEST(RequestTarget, IsRefusedWhenItCannotBeDecoded) {
  EXPECT_FALSE(parse_request_target(""));
  EXPECT_FALSE(parse_request_target("a"));
  EXPECT_FALSE(parse_request_target("/%"));
  EXPECT_FALSE(parse_request_target("/%4"));
  EXPECT_FALSE(parse_request_target("/%4x"));
  EXPECT_FALSE(parse_request_target("/%-1"));
  EXPECT_FALSE(parse_request_target("/a%00b"));
  EXPECT_FALSE(parse_request_target(std::string_view("/a\0b", 4)));
}

}  // namespace
}  // namespace convoke::net
