#include "net/url.hpp"

#include <gtest/gtest.h>

namespace convoke::net {
namespace {

TEST(Url, IsTakenApart) {
  const auto url = parse_url("HTTPS://API.Example.org:8443/v1/chat?key=a%20b#top");

  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(*url, (Url{"https", "api.example.org", 8443, "/v1/chat", "key=a%20b"}));
  EXPECT_EQ(url->authority(), "api.example.org:8443");
  EXPECT_EQ(url->target(), "/v1/chat?key=a%20b");
  EXPECT_TRUE(url->is_secure());
}

TEST(Url, HasThePortOfItsScheme) {
  EXPECT_EQ(parse_url("http://a")->port, 80);
  EXPECT_EQ(parse_url("https://a")->port, 443);
  EXPECT_EQ(parse_url("ws://a:")->port, 80);
  EXPECT_EQ(parse_url("wss://a")->target(), "/");
}

TEST(Url, KeepsAnIpv6AddressWithoutBrackets) {
  const auto url = parse_url("http://[::1]:8080/x");

  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:8080");
}

TEST(Url, KnowsWhatStaysOnThisMachine) {
  EXPECT_TRUE(parse_url("http://localhost:1/")->is_loopback_host());
  EXPECT_TRUE(parse_url("http://app.localhost/")->is_loopback_host());
  EXPECT_TRUE(parse_url("http://127.9.9.9/")->is_loopback_host());
  EXPECT_TRUE(parse_url("http://127.1/")->is_loopback_host());
  EXPECT_TRUE(parse_url("http://[::1]/")->is_loopback_host());
  EXPECT_FALSE(parse_url("http://127.0.0.1.example.org/")->is_loopback_host());
  EXPECT_FALSE(parse_url("http://localhost.example.org/")->is_loopback_host());
  EXPECT_FALSE(parse_url("http://10.0.0.1/")->is_loopback_host());
}

TEST(Url, IsRefusedWhenAClientCannotUseIt) {
  EXPECT_EQ(parse_url("").error().code, Errc::invalid_input);
  EXPECT_EQ(parse_url("/only/a/path").error().code, Errc::invalid_input);
  EXPECT_EQ(parse_url("ftp://a/").error().code, Errc::invalid_input);
  EXPECT_EQ(parse_url("http://").error().code, Errc::invalid_input);
  EXPECT_EQ(parse_url("http://a:70000/").error().code, Errc::invalid_input);
  EXPECT_EQ(parse_url("http://a b/").error().code, Errc::invalid_input);
  EXPECT_EQ(parse_url(std::string_view("http://a\0.b/", 13)).error().code, Errc::invalid_input);
  EXPECT_EQ(parse_url("http://user:pass@a/").error().code, Errc::invalid_input);
}

TEST(Url, DoesNotRepeatItsSecretsInAnError) {
  const auto refused = parse_url("http://a/?key=sesame and more");

  EXPECT_EQ(refused.error().message.find("sesame"), std::string::npos);
}

}  // namespace
}  // namespace convoke::net
