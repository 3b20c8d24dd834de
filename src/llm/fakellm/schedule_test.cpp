#include "llm/fakellm/schedule.hpp"

#include <gmock/gmock.h>

namespace convoke::fakellm {
namespace {

using std::chrono::duration;
using testing::ElementsAre;
using testing::HasSubstr;

Result<Schedule> read(std::string_view text) { return Schedule::read(parse_json(text).value()); }

/// The statuses of the first `count` answers, a second apart.
std::vector<int> statuses(std::string_view text, int count) {
  Schedule schedule = read(text).value();
  std::vector<int> all;
  for (int i = 1; i <= count; ++i) all.push_back(schedule.spoil({}, i, duration<double>(i - 1)).status);
  return all;
}

TEST(Schedule, SpoilsRequestsByTheirNumber) {
  EXPECT_THAT(statuses(R"([{"requests": [2, 3], "answer": {"status": 503}}])", 5),
              ElementsAre(200, 503, 503, 200, 200));
}

TEST(Schedule, SpoilsRequestsByTheirTime) {
  EXPECT_THAT(statuses(R"([{"seconds": [1, 3], "answer": {"status": 503}}])", 5), ElementsAre(200, 503, 503, 200, 200));
}

TEST(Schedule, ComesAgain) {
  EXPECT_THAT(statuses(R"([{"requests": [1, 1], "every": 3, "answer": {"status": 503}}])", 7),
              ElementsAre(503, 200, 200, 503, 200, 200, 503));
}

TEST(Schedule, SpoilsAShare) {
  EXPECT_THAT(statuses(R"([{"requests": [2, 9], "share": 0.5, "answer": {"status": 429}}])", 6),
              ElementsAre(200, 200, 429, 200, 429, 200));
}

TEST(Schedule, ChangesOnlyWhatItNames) {
  Schedule schedule = read(R"([{"requests": [1, 9], "answer": {"cut_after": 3}},
               {"requests": [1, 9], "answer": {"headers": {"x-ratelimit-remaining-requests": "7"}}}])")
                          .value();

  const Answer answer = schedule.spoil({.text = "Hello."}, 1, duration<double>(0));

  EXPECT_EQ(answer.text, "Hello.");
  EXPECT_EQ(answer.cut_after, 3);
  EXPECT_THAT(answer.headers, ElementsAre(testing::Pair("x-ratelimit-remaining-requests", "7")));
}

TEST(Schedule, SaysWhatIsWrong) {
  EXPECT_THAT(read(R"([{"answer": {}}])").error().message, HasSubstr("'seconds' or 'requests'"));
  EXPECT_THAT(read(R"([{"seconds": [3, 1], "answer": {}}])").error().message, HasSubstr("'seconds' of a time"));
  EXPECT_THAT(read(R"([{"seconds": [1, 3], "share": 2, "answer": {}}])").error().message, HasSubstr("'share'"));
  EXPECT_THAT(read(R"([{"seconds": [1, 3], "answer": {"mood": "bad"}}])").error().message, HasSubstr("no 'mood'"));
}

}  // namespace
}  // namespace convoke::fakellm
