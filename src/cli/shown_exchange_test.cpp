#include "cli/shown_exchange.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::HasSubstr;
using testing::Not;

json::array events(std::string_view text) { return parse_json(text).value().as_array(); }

TEST(NewestExchange, ShowsTheLastQuestionAndItsAnswer) {
  const std::string shown = newest_exchange(events(R"([
      {"type":"user_message","content":"old?"},{"type":"assistant_message","content":"old."},{"type":"turn_completed"},
      {"type":"user_message","content":"new?"},{"type":"assistant_message","content":"new."},
      {"type":"turn_completed","details":{"finish_reason":"stop"}}])"));

  EXPECT_EQ(shown, "› new?\nnew.\n");
}

TEST(NewestExchange, MarksAnAnswerThatWasInterruptedAndSaysWhatCanBeDone) {
  const std::string shown = newest_exchange(events(R"([
      {"type":"user_message","content":"?"},{"type":"assistant_message","content":"half"},
      {"type":"turn_interrupted","details":{"finish_reason":"interrupted"}}])"));

  EXPECT_THAT(shown, HasSubstr("half\nThe server stopped"));
  EXPECT_THAT(shown, HasSubstr("/continue"));
  EXPECT_THAT(shown, HasSubstr("/regenerate"));
}

TEST(NewestExchange, TellsWhyAnAnswerFailed) {
  const std::string shown = newest_exchange(events(R"([
      {"type":"user_message","content":"?"},
      {"type":"turn_failed","details":{"error":{"type":"unavailable","message":"fake: connection refused"}}}])"));

  EXPECT_THAT(shown, HasSubstr("It failed: fake: connection refused. /regenerate"));
}

TEST(NewestExchange, IsSafeToShow) {
  const std::string shown = newest_exchange(events(R"([{"type":"user_message","content":"\u001b[2J"}])"));

  EXPECT_THAT(shown, Not(HasSubstr("\033")));
}

TEST(NewestExchange, IsNothingWhereNobodyAsked) { EXPECT_EQ(newest_exchange({}), ""); }

TEST(EndingWords, SayNothingOfAnAnswerThatIsComplete) { EXPECT_EQ(ending_words("stop"), ""); }

}  // namespace
}  // namespace convoke
