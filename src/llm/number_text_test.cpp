#include "llm/number_text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace convoke {
namespace {

std::optional<std::string> cost_in(std::string_view document) {
  constexpr std::array<std::string_view, 2> path{"usage", "cost"};
  return number_text(document, path);
}

TEST(NumberText, KeepsTheDigitsAsTheyAreWritten) {
  EXPECT_EQ(cost_in(R"({"usage":{"cost":0.00095}})"), "0.00095");
  EXPECT_EQ(cost_in(R"({"usage":{"cost":9.5E-4,"x":1}})"), "9.5E-4");
  EXPECT_EQ(cost_in(R"({"usage":{"cost":3}})"), "3");
  EXPECT_EQ(cost_in(R"({"usage":{"cost":0.12345678901234567890123}})"), "0.12345678901234567890123");
}

TEST(NumberText, FindsOnlyWhatThePathNames) {
  EXPECT_EQ(cost_in(R"({"cost":1,"usage":{"details":{"cost":2},"list":[{"cost":3}],"cost":4,"z":{"cost":5}}})"), "4");
  EXPECT_EQ(cost_in(R"({"a":{"usage":{"cost":1}},"usage":[{"cost":2}]})"), std::nullopt);
  EXPECT_EQ(cost_in(R"({"usage":{"a":1},"cost":2})"), std::nullopt);
  EXPECT_EQ(cost_in(R"({"usage":{"cost":null}})"), std::nullopt);
  EXPECT_EQ(cost_in(R"({"usage":{"cost":"0.5"}})"), std::nullopt);
}

TEST(NumberText, FindsNothingInWhatIsNotJson) {
  EXPECT_EQ(cost_in(""), std::nullopt);
  EXPECT_EQ(cost_in(R"({"usage":{"cost":0.5)"), std::nullopt);
}

}  // namespace
}  // namespace convoke
