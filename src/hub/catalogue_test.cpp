#include "hub/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convoke {
namespace {

using testing::ElementsAre;

ServerTools offer(std::string server, std::initializer_list<std::string> names) {
  ServerTools offered{.server = std::move(server), .tools = {}};
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

TEST(Catalogue, TakesANameListedTwiceByOneServerOnce) {
  EXPECT_THAT(names(make_catalogue({offer("s", {"same", "same"})})), ElementsAre("same"));
}

}  // namespace
}  // namespace convoke
