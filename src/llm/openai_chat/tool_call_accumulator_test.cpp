#include "llm/openai_chat/tool_call_accumulator.hpp"

#include <gmock/gmock.h>

namespace convoke::openai_chat {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

struct Taken {
  std::vector<ToolCall> calls;
  std::vector<std::string> started;
};

/// Feeds each argument as the `tool_calls` array of one chunk.
Taken take(std::initializer_list<std::string_view> chunks, bool cut_short = false) {
  ToolCallAccumulator accumulator;
  Taken taken;
  const auto on_started = [&](std::string_view name) { taken.started.emplace_back(name); };
  for (const std::string_view chunk : chunks) accumulator.take(parse_json(chunk).value().as_array(), on_started);
  taken.calls = accumulator.finish(cut_short, on_started).value();
  return taken;
}

ToolCall call(std::string id, std::string name, std::string arguments) {
  return {std::move(id), std::move(name), std::move(arguments)};
}

TEST(ToolCallAccumulator, JoinsTheFragmentsOfEachIndex) {
  const auto taken = take({R"([{"index":0,"id":"a1","type":"function","function":{"name":"weather","arguments":""}}])",
                           R"([{"index":0,"function":{"arguments":"{\"city\":"}}])",
                           R"([{"index":1,"id":"b2","function":{"name":"time","arguments":""}}])",
                           R"([{"index":0,"function":{"arguments":"\"Paris\"}"}}])",
                           R"([{"index":1,"function":{"arguments":"{\"tz\":\"UTC\"}"}}])"});

  EXPECT_THAT(taken.calls,
              ElementsAre(call("a1", "weather", R"({"city":"Paris"})"), call("b2", "time", R"({"tz":"UTC"})")));
  EXPECT_THAT(taken.started, ElementsAre("weather", "time"));
}

TEST(ToolCallAccumulator, OpensANewCallWhenTheSameIndexBringsANewIdAndAName) {
  const auto taken =
      take({R"([{"index":0,"id":"a1","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}])",
            R"([{"index":0,"id":"b2","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}])"});

  EXPECT_THAT(taken.calls,
              ElementsAre(call("a1", "weather", R"({"city":"Oslo"})"), call("b2", "weather", R"({"city":"Rome"})")));
}

TEST(ToolCallAccumulator, KeepsTheFirstIdWhenALaterFragmentBringsAnotherWithoutAName) {
  const auto taken = take({R"([{"index":0,"id":"a1","function":{"name":"weather","arguments":"{"}}])",
                           R"([{"index":0,"id":"zz","function":{"arguments":"}"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "weather", "{}")));
}

TEST(ToolCallAccumulator, TakesAMissingIndexNotForZero) {
  const auto taken = take({R"([{"id":"a1","function":{"name":"weather","arguments":"{}"}}])",
                           R"([{"id":"b2","function":{"name":"time","arguments":"{}"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "weather", "{}"), call("b2", "time", "{}")));
}

TEST(ToolCallAccumulator, ContinuesTheLatestCallWhenThereIsNoIndex) {
  const auto taken = take({R"([{"id":"a1","function":{"name":"weather","arguments":"{\"city\":"}}])",
                           R"([{"function":{"arguments":"\"Oslo\"}"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "weather", R"({"city":"Oslo"})")));
}

TEST(ToolCallAccumulator, ContinuesTheCallOfTheSameIdWhenThereIsNoIndex) {
  const auto taken = take({R"([{"id":"a1","function":{"name":"f","arguments":"{\"x\":"}}])",
                           R"([{"id":"b2","function":{"name":"g","arguments":"{\"y\":"}}])",
                           R"([{"id":"a1","function":{"arguments":"1}"}},{"id":"b2","function":{"arguments":"2}"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "f", R"({"x":1})"), call("b2", "g", R"({"y":2})")));
}

TEST(ToolCallAccumulator, OpensANewCallForANameAfterWholeArgumentsWithoutIndexAndId) {
  const auto taken = take({R"([{"function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}])",
                           R"([{"function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}])"});

  ASSERT_EQ(taken.calls.size(), 2U);
  EXPECT_EQ(taken.calls[1].arguments, R"({"city":"Rome"})");
  EXPECT_NE(taken.calls[0].id, taken.calls[1].id);
}

TEST(ToolCallAccumulator, TakesTwoNamedEntriesOfOneChunkForTwoCalls) {
  const auto taken = take({R"([{"function":{"name":"now"}},{"function":{"name":"here"}}])"});

  ASSERT_EQ(taken.calls.size(), 2U);
  EXPECT_EQ(taken.calls[0].name, "now");
  EXPECT_EQ(taken.calls[1].name, "here");
}

TEST(ToolCallAccumulator, DoesNotRepeatANameSentWithEveryFragment) {
  const auto taken = take({R"([{"index":0,"id":"a1","function":{"name":"weather","arguments":""}}])",
                           R"([{"index":0,"id":"a1","function":{"name":"weather","arguments":"{\"a\":"}}])",
                           R"([{"index":0,"id":"a1","function":{"name":"weather","arguments":"1}"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "weather", R"({"a":1})")));
  EXPECT_THAT(taken.started, ElementsAre("weather"));
}

TEST(ToolCallAccumulator, JoinsANameThatIsSplit) {
  const auto taken = take({R"([{"index":0,"id":"a1","function":{"name":"get_","arguments":""}}])",
                           R"([{"index":0,"function":{"name":"weather","arguments":null}}])",
                           R"([{"index":0,"function":{"name":null,"arguments":"{}"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "get_weather", "{}")));
  EXPECT_THAT(taken.started, ElementsAre("get_weather"));
}

TEST(ToolCallAccumulator, NeverOverwritesANameOrIdWithNothing) {
  const auto taken = take({R"([{"index":0,"id":"a1","function":{"name":"weather","arguments":"{"}}])",
                           R"([{"index":0,"id":"","function":{"name":"","arguments":"}"}}])",
                           R"([{"index":0,"id":"null","function":{"name":null}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "weather", "{}")));
}

TEST(ToolCallAccumulator, WritesOutArgumentsThatCameAsAnObject) {
  const auto taken = take({R"([{"index":0,"id":"a1","function":{"name":"sum","arguments":{"a":1,"b":[2]}}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "sum", R"({"a":1,"b":[2]})")));
}

TEST(ToolCallAccumulator, TakesNullMissingAndEmptyArgumentsForNone) {
  const auto taken = take({R"([{"index":0,"id":"a","function":{"name":"f","arguments":null}}])",
                           R"([{"index":1,"id":"b","function":{"name":"g"}}])",
                           R"([{"index":2,"id":"c","function":{"name":"h","arguments":""}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a", "f", "{}"), call("b", "g", "{}"), call("c", "h", "{}")));
  EXPECT_THAT(taken.started, ElementsAre("f", "g", "h"));
}

TEST(ToolCallAccumulator, HoldsArgumentsThatComeBeforeTheName) {
  const auto taken = take({R"([{"index":0,"function":{"arguments":"{\"a\":"}}])",
                           R"([{"index":0,"id":"a1","function":{"name":"sum","arguments":"1}"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "sum", R"({"a":1})")));
}

TEST(ToolCallAccumulator, GivesAnIdToACallWithoutOne) {
  const auto taken = take({R"([{"index":0,"function":{"name":"sum","arguments":"{}"}}])"});

  ASSERT_EQ(taken.calls.size(), 1U);
  EXPECT_THAT(taken.calls[0].id, MatchesRegex("call_[0-9a-z]{24}"));
}

TEST(ToolCallAccumulator, GivesAnotherIdToASecondCallWithTheSame) {
  const auto taken = take({R"([{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}}])",
                           R"([{"index":1,"id":"x","function":{"name":"g","arguments":"{}"}}])"});

  ASSERT_EQ(taken.calls.size(), 2U);
  EXPECT_NE(taken.calls[0].id, taken.calls[1].id);
}

TEST(ToolCallAccumulator, SplitsArgumentsThatWereGluedTogether) {
  const auto taken = take({R"([{"index":0,"id":"a1","function":{"name":"sum","arguments":"{\"a\":1}"}}])",
                           R"([{"index":0,"function":{"arguments":"{\"a\":2}"}}])"});

  ASSERT_EQ(taken.calls.size(), 2U);
  EXPECT_EQ(taken.calls[0], call("a1", "sum", R"({"a":1})"));
  EXPECT_EQ(taken.calls[1].name, "sum");
  EXPECT_EQ(taken.calls[1].arguments, R"({"a":2})");
}

TEST(ToolCallAccumulator, LeavesOutACallThatTheLengthLimitCut) {
  const auto taken = take({R"([{"index":0,"id":"a1","function":{"name":"f","arguments":"{}"}}])",
                           R"([{"index":1,"id":"b2","function":{"name":"g","arguments":"{\"a\":"}}])"},
                          true);

  EXPECT_THAT(taken.calls, ElementsAre(call("a1", "f", "{}")));
}

TEST(ToolCallAccumulator, CutsLeakedMarkersOffAName) {
  const auto taken = take({R"([{"index":0,"id":"a","function":{"name":"sum<|channel|>json","arguments":"{}"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a", "sum", "{}")));
}

TEST(ToolCallAccumulator, RefusesACallThatNeverGotAName) {
  ToolCallAccumulator accumulator;
  accumulator.take(parse_json(R"([{"index":0,"function":{"arguments":"{\"a\":1}"}}])").value().as_array(), [](auto) {});

  EXPECT_EQ(accumulator.finish(false, [](auto) {}).error().code, Errc::protocol);
}

TEST(ToolCallAccumulator, RepairsTheUsualMistakesInArguments) {
  const auto taken = take({R"([{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\":1,}"}}])",
                           R"([{"index":1,"id":"b","function":{"name":"f","arguments":"\"{\\\"a\\\":1}\""}}])",
                           R"([{"index":2,"id":"c","function":{"name":"f","arguments":"```json\n{\"a\":1}\n```"}}])",
                           R"([{"index":3,"id":"d","function":{"name":"f","arguments":"a = 1"}}])"});

  EXPECT_THAT(taken.calls, ElementsAre(call("a", "f", R"({"a":1})"), call("b", "f", R"({"a":1})"),
                                       call("c", "f", R"({"a":1})"), call("d", "f", "a = 1")));
}

}  // namespace
}  // namespace convoke::openai_chat
