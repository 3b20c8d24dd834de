// The pure parts of authorization: challenges, metadata, forms, the authorization response.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mcp/auth/challenge.hpp"
#include "mcp/auth/oauth_forms.hpp"
#include "mcp/auth/oauth_metadata.hpp"

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Challenge, IsReadWithQuotedCommasAndSeveralSchemes) {
  const auto found = parse_challenges(
      R"(Basic realm="a, b", Bearer error="insufficient_scope", Scope="a b",resource_metadata="https://x/\"y\"" , max_age=5)");

  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (Challenge{"basic", {{"realm", "a, b"}}}));
  EXPECT_EQ(found[1], (Challenge{"bearer",
                                 {{"error", "insufficient_scope"},
                                  {"scope", "a b"},
                                  {"resource_metadata", "https://x/\"y\""},
                                  {"max_age", "5"}}}));
}

TEST(Challenge, SurvivesNonsense) {
  EXPECT_THAT(parse_challenges(""), IsEmpty());
  EXPECT_THAT(parse_challenges(",,,= ="), IsEmpty());
  EXPECT_EQ(parse_challenges("Bearer a=\"unfinished").at(0).parameters.at("a"), "unfinished");
}

TEST(Challenge, OfOAuthIsFoundAmongOthers) {
  const jsonrpc::Headers headers{{"www-authenticate", "Basic realm=x"}, {"WWW-Authenticate", "bearer scope=s"}};

  EXPECT_EQ(oauth_challenge(headers)->parameters.at("scope"), "s");
  EXPECT_FALSE(oauth_challenge({{"WWW-Authenticate", "Basic realm=x"}}));
}

TEST(Metadata, IsSoughtInTheSpecifiedOrder) {
  EXPECT_THAT(protected_resource_urls("https://h:8/mcp/x?q", ""),
              ElementsAre("https://h:8/.well-known/oauth-protected-resource/mcp/x",
                          "https://h:8/.well-known/oauth-protected-resource"));
  EXPECT_THAT(protected_resource_urls("https://h/", ""), ElementsAre("https://h/.well-known/oauth-protected-resource"));
  EXPECT_THAT(protected_resource_urls("https://h/mcp", "https://h/named"), ElementsAre("https://h/named"));
  EXPECT_THAT(authorization_server_urls("https://as/tenant1"),
              ElementsAre("https://as/.well-known/oauth-authorization-server/tenant1",
                          "https://as/.well-known/openid-configuration/tenant1",
                          "https://as/tenant1/.well-known/openid-configuration"));
  EXPECT_THAT(authorization_server_urls("https://as"), ElementsAre("https://as/.well-known/oauth-authorization-server",
                                                                   "https://as/.well-known/openid-configuration"));
}

bool resource_covers(std::string_view resource, std::string_view url) {
  const json::object document{{"resource", resource}, {"authorization_servers", json::array{"https://as"}}};
  return protected_resource_from(document, url).has_value();
}

TEST(Metadata, OfTheResourceMustCoverTheServer) {
  EXPECT_TRUE(resource_covers("https://h/mcp", "https://h/mcp"));
  EXPECT_TRUE(resource_covers("https://h", "https://h/mcp"));
  EXPECT_TRUE(resource_covers("https://H:443/", "https://h/mcp"));
  EXPECT_TRUE(resource_covers("https://h/mcp", "https://h/mcp/deep"));
  EXPECT_FALSE(resource_covers("https://h/mcp", "https://h/mcp2"));
  EXPECT_FALSE(resource_covers("https://evil/mcp", "https://h/mcp"));
  EXPECT_FALSE(resource_covers("http://h/mcp", "https://h/mcp"));
  EXPECT_FALSE(resource_covers("https://h:444/mcp", "https://h/mcp"));
}

json::object server_document() {
  return {{"issuer", "https://as"},
          {"authorization_endpoint", "https://as/authorize"},
          {"token_endpoint", "https://as/token"},
          {"code_challenge_methods_supported", json::array{"S256"}}};
}

TEST(Metadata, OfAnotherIssuerOrWithoutHttpsIsRefused) {
  EXPECT_TRUE(authorization_server_from(server_document(), "https://as"));
  EXPECT_FALSE(authorization_server_from(server_document(), "https://as/"));
  json::object open = server_document();
  open["token_endpoint"] = "http://as/token";
  EXPECT_FALSE(authorization_server_from(open, "https://as"));
}

TEST(Form, IsEncodedAndReadBack) {
  const std::string url = with_query("https://as/authorize?tenant=1", {{"scope", "a b&c"}, {"empty", ""}, {"x", "ä"}});

  EXPECT_EQ(url, "https://as/authorize?tenant=1&scope=a%20b%26c&empty=&x=%C3%A4");
  EXPECT_EQ(query_of(url).at("scope"), "a b&c");
  EXPECT_EQ(query_of("http://x/?a=1+2&b&a=3").at("a"), "1 2");
}

TEST(Pkce, FollowsTheExampleOfRfc7636) {
  EXPECT_EQ(s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  EXPECT_EQ(random_secret().size(), 43U);
}

TEST(Scopes, AreUnitedWithoutDoubles) { EXPECT_EQ(joined(united(split_scopes("a  b a"), {"b", "c"})), "a b c"); }

TEST(AuthorizationResponse, GivesItsCodeOnlyWhenItIsOursAndTheIssuers) {
  const auto code = [](std::string_view query, bool says_issuer) {
    return code_of_response("http://localhost/cb?" + std::string(query), "s", "https://as", says_issuer);
  };
  EXPECT_EQ(code("code=c&state=s", false), "c");
  EXPECT_EQ(code("code=c&state=s&iss=https%3A%2F%2Fas", true), "c");
  EXPECT_FALSE(code("code=c&state=other", false));
  EXPECT_FALSE(code("code=c&state=s", true));
  EXPECT_FALSE(code("code=c&state=s&iss=https%3A%2F%2Fas%2F", false));
  EXPECT_FALSE(code("code=c&state=s&iss=https%3A%2F%2Fevil", true));
  EXPECT_FALSE(code("error=access_denied&state=s", false));
}

}  // namespace
}  // namespace convoke::mcp
