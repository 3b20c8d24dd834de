#include "hub/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convoke {
namespace {

using testing::ElementsAre;

ServerOffer offer(std::string server, std::initializer_list<std::string> names) {
  ServerOffer offered{.server = std::move(server), .tools = {}};
  for (const auto& name : names) offered.tools.push_back(mcp::Tool{.name = name});
  return offered;
}

std::vector<std::string> names(const Catalogue& catalogue) {
  std::vector<std::string> found;
  for (const auto& tool : catalogue.tools) found.push_back(tool.name);
  return found;
}

TEST(Catalogue, KeepsTheOrderOfServersAndOfTheirLists) {
  const auto catalogue = make_catalogue({offer("z", {"write", "read"}), offer("a", {"search"})});

  EXPECT_THAT(names(catalogue), ElementsAre("write", "read", "search"));
}

TEST(Catalogue, QualifiesANameThatTwoServersClaim) {
  const auto catalogue = make_catalogue({offer("web", {"search", "open"}), offer("files", {"search"})});

  EXPECT_THAT(names(catalogue), ElementsAre("web__search", "open", "files__search"));
  EXPECT_EQ(catalogue.routes.at("files__search"), (Route{"files", "search"}));
}

TEST(Catalogue, ReplacesCharactersThatModelsRefuse) {
  const auto catalogue = make_catalogue({offer("s", {"get.weather/now"})});

  EXPECT_THAT(names(catalogue), ElementsAre("get_weather_now"));
  EXPECT_EQ(catalogue.routes.at("get_weather_now"), (Route{"s", "get.weather/now"}));
}

TEST(Catalogue, TellsApartNamesOfOneServerThatBecomeEqual) {
  const auto catalogue = make_catalogue({offer("s", {"a.b", "a/b"})});

  EXPECT_EQ(catalogue.tools.size(), 2u);
  EXPECT_EQ(catalogue.routes.size(), 2u);
  EXPECT_EQ(catalogue.tools[0].name, "s__a_b");
  EXPECT_THAT(catalogue.tools[1].name, testing::MatchesRegex("s__a_b_[0-9a-f]{8}"));
}

TEST(Catalogue, CutsNamesThatAreTooLong) {
  const std::string endless(100, 'x');
  const auto catalogue = make_catalogue({offer("s", {endless, endless + "y"})});

  ASSERT_EQ(catalogue.tools.size(), 2u);
  EXPECT_EQ(catalogue.tools[0].name.size(), 64u);
  EXPECT_EQ(catalogue.routes.size(), 2u);
}

TEST(Catalogue, NeverLetsAQualifiedNamePushAsideAKeptOne) {
  const auto catalogue = make_catalogue({offer("a", {"b"}), offer("c", {"b", "a__b"})});

  EXPECT_EQ(catalogue.routes.at("a__b"), (Route{"c", "a__b"}));
  EXPECT_EQ(catalogue.routes.size(), 3u);
}

TEST(Catalogue, WithdrawsTheToolsOfAServerThatIsDownButKeepsTheirNames) {
  auto down = offer("web", {"search"});
  down.available = false;
  const auto catalogue = make_catalogue({down, offer("files", {"search"})});

  EXPECT_THAT(names(catalogue), ElementsAre("files__search"));
  EXPECT_EQ(catalogue.routes.at("web__search"), (Route{"web", "search"}));
}

ServerOffer with_resource(std::string server, std::string uri) {
  return {.server = std::move(server), .resources = {{.uri = std::move(uri), .name = "one"}}};
}

TEST(Catalogue, QualifiesAUriThatTwoServersList) {
  const auto catalogue = make_catalogue(
      {with_resource("a", "file:///x"), with_resource("b", "file:///x"), with_resource("c", "file:///y")});

  ASSERT_EQ(catalogue.resources.size(), 3u);
  EXPECT_EQ(catalogue.resources[0].item.uri, "convoke://a/file:///x");
  EXPECT_EQ(catalogue.resources[1].item.uri, "convoke://b/file:///x");
  EXPECT_EQ(catalogue.resources[2].item.uri, "file:///y");
  EXPECT_EQ(resource_route(catalogue, "convoke://b/file:///x"), (Route{"b", "file:///x"}));
  EXPECT_EQ(resource_route(catalogue, "file:///y"), (Route{"c", "file:///y"}));
}

TEST(Catalogue, FindsTheServerOfAResourceNobodyLists) {
  ServerOffer notes{.server = "notes", .templates = {{.uri_template = "note://{id}", .name = "note"}}};
  const auto catalogue = make_catalogue({with_resource("files", "file:///x"), notes});

  EXPECT_EQ(resource_route(catalogue, "note://7"), (Route{"notes", "note://7"}));
  EXPECT_EQ(resource_route(catalogue, "convoke://files/file:///hidden"), (Route{"files", "file:///hidden"}));
  EXPECT_EQ(resource_route(catalogue, "file:///hidden"), std::nullopt);
  EXPECT_EQ(resource_route(catalogue, "convoke://nobody/file:///x"), std::nullopt);
  EXPECT_EQ(resource_route(make_catalogue({with_resource("files", "file:///x")}), "file:///hidden"),
            (Route{"files", "file:///hidden"}));
}

TEST(Catalogue, QualifiesAPromptThatTwoServersClaim) {
  const mcp::Prompt greet{.name = "say hello"};
  const auto catalogue = make_catalogue({{.server = "a", .prompts = {greet}}, {.server = "b", .prompts = {greet}}});

  ASSERT_EQ(catalogue.prompts.size(), 2u);
  EXPECT_EQ(catalogue.prompts[1].item.name, "b__say hello");
  EXPECT_EQ(catalogue.prompt_routes.at("b__say hello"), (Route{"b", "say hello"}));
}

TEST(Catalogue, TakesANameListedTwiceByOneServerOnce) {
  EXPECT_THAT(names(make_catalogue({offer("s", {"same", "same"})})), ElementsAre("same"));
}

}  // namespace
}  // namespace convoke
