#include "mcp/transport/line_splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;

class Lines {
 public:
  explicit Lines(std::size_t max = 100) : splitter_(max) {}
  Result<void> feed(std::string_view bytes) { return splitter_.feed(bytes, keep_); }
  void finish() { splitter_.finish(keep_); }
  std::vector<std::string> found;

 private:
  LineSplitter splitter_;
  std::function<void(std::string)> keep_ = [this](std::string line) { found.push_back(std::move(line)); };
};

TEST(LineSplitter, PutsALineTogetherFromPieces) {
  Lines lines;
  lines.feed("{\"a\":\"\xc3");
  lines.feed("\xa4\"}");
  lines.feed("\n");

  EXPECT_THAT(lines.found, ElementsAre("{\"a\":\"\xc3\xa4\"}"));
}

TEST(LineSplitter, FindsSeveralLinesInOnePiece) {
  Lines lines;
  lines.feed("a\nb\r\n\n \t\nc");
  lines.finish();

  EXPECT_THAT(lines.found, ElementsAre("a", "b", "c"));
}

TEST(LineSplitter, GivesUpOnALineThatIsTooLongBeforeItEnds) {
  Lines lines(10);

  EXPECT_TRUE(lines.feed("0123456789\n"));
  EXPECT_EQ(lines.feed("0123456789a").error().code, Errc::protocol);
  EXPECT_THAT(lines.found, ElementsAre("0123456789"));
}

}  // namespace
}  // namespace convoke::mcp
