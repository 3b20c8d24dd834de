#include "chat/result_pages.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::HasSubstr;

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

TEST(ResultPages, HoldTheWholeTextInOrder) {
  const std::string text = lines(1000) + std::string(500, 'x') + "äöü€ " + lines(3);

  std::string joined;
  for (std::size_t page = 1; page <= count_pages(text, 100); ++page) joined += page_of(text, page, 100);

  EXPECT_EQ(joined, text);
  EXPECT_EQ(page_of(text, count_pages(text, 100) + 1, 100), "");
  EXPECT_EQ(page_of(text, 0, 100), "");
}

TEST(ResultPages, EndAfterALine) { EXPECT_TRUE(page_of(lines(100), 2, 100).ends_with('\n')); }

TEST(ResultPages, EndBetweenCharactersWhereThereAreNoLines) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "€";

  EXPECT_EQ(page_of(text, 1, 100).size(), 99U);
}

TEST(ResultPages, OfAnEmptyTextIsOne) { EXPECT_EQ(count_pages("", 100), 1U); }

TEST(ShownResult, IsTheResultItselfWhereItFits) {
  const ToolResult result{.call_id = "1", .name = "read", .text = "short"};

  EXPECT_EQ(shown_result(result, "res_1", 100), result);
}

TEST(ShownResult, TellsHowToReadOn) {
  const auto shown = shown_result({.call_id = "1", .name = "read", .text = lines(100)}, "res_1", 100);

  EXPECT_THAT(shown.text, HasSubstr("page 1 of 9, 790 bytes in all. Read on with read_result, id \"res_1\", page 2]"));
  EXPECT_LT(shown.text.size(), 300U);
}

TEST(ShrunkResult, KeepsItsBeginning) {
  const auto shrunk = shrunk_result({.call_id = "1", .name = "read", .text = lines(1000)}, "res_1");

  EXPECT_TRUE(shrunk.text.starts_with("line 0\nline 1\n"));
  EXPECT_THAT(shrunk.text, HasSubstr("read_result, id \"res_1\", page 1]"));
  EXPECT_LT(shrunk.text.size(), 600U);
}

TEST(ShrunkResult, LosesItsPictures) {
  const ToolResult drawn{.call_id = "x", .name = "draw", .text = "done", .images = {{"image/png", "AAAA", ""}}};

  const ToolResult shrunk = shrunk_result(drawn, "");

  EXPECT_TRUE(shrunk.images.empty());
  EXPECT_EQ(shrunk.text, "done\n[its pictures were left out to make room]");
  EXPECT_EQ(shrunk_result(shrunk, ""), shrunk);
}

}  // namespace
}  // namespace convoke
