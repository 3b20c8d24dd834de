#include "net/sse_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace convoke::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_view_literals;

struct Seen {
  std::string event;
  std::string data;
  std::optional<std::string> id{};
  std::optional<std::int64_t> retry_ms{};
  bool operator==(const Seen&) const = default;
};

void PrintTo(const Seen& seen, std::ostream* out) {
  *out << '{' << seen.event << '|' << seen.data << '|' << seen.id.value_or("-") << '|' << seen.retry_ms.value_or(-1)
       << '}';
}

/// Collects what a parser hands out.
class Listener {
 public:
  std::function<bool(const SseEvent&)> hook() {
    return [this](const SseEvent& event) {
      seen.push_back({std::string(event.event), std::string(event.data),
                      event.id ? std::optional(std::string(*event.id)) : std::nullopt, event.retry_ms});
      return true;
    };
  }
  std::vector<Seen> seen;
};

std::vector<Seen> parse(std::string_view text) {
  Listener listener;
  SseParser parser;
  EXPECT_TRUE(parser.feed(text, listener.hook()));
  return listener.seen;
}

TEST(SseParser, HandsOutAnEventAtItsBlankLine) {
  EXPECT_THAT(parse("event: delta\ndata: hello\nid: 7\n\n"), ElementsAre(Seen{"delta", "hello", "7"}));
}

TEST(SseParser, JoinsDataLinesWithANewline) {
  EXPECT_THAT(parse("data: one\ndata:two\ndata:  three\ndata\n\n"), ElementsAre(Seen{"", "one\ntwo\n three\n"}));
}

TEST(SseParser, KeepsAnEmptyDataLineAsAnEvent) { EXPECT_THAT(parse("data:\n\n"), ElementsAre(Seen{"", ""})); }

TEST(SseParser, DropsAnEventThatSaysNothing) { EXPECT_THAT(parse("event: ping\n\n\n\nfoo: bar\n\n"), IsEmpty()); }

TEST(SseParser, HandsOutAnEventOfOnlyAnIdOrADelay) {
  EXPECT_THAT(parse("id: 1\n\nretry: 500\n\n"), ElementsAre(Seen{"", "", "1"}, Seen{"", "", std::nullopt, 500}));
}

TEST(SseParser, ForgetsTheFieldsOfTheLastEvent) {
  EXPECT_THAT(parse("event: a\nid: 1\nretry: 5\ndata: x\n\ndata: y\n\n"),
              ElementsAre(Seen{"a", "x", "1", 5}, Seen{"", "y"}));
}

TEST(SseParser, EndsLinesAtCarriageReturnsToo) {
  EXPECT_THAT(parse("data: a\r\n\r\ndata: b\r\rdata: c\n\rdata: d\r\n\n"),
              ElementsAre(Seen{"", "a"}, Seen{"", "b"}, Seen{"", "c"}, Seen{"", "d"}));
}

TEST(SseParser, SkipsAByteOrderMarkOnlyAtTheStart) {
  EXPECT_THAT(parse("\xEF\xBB\xBF"
                    "data: a\n\n"
                    "\xEF\xBB\xBF"
                    "data: b\n\n"),
              ElementsAre(Seen{"", "a"}));
}

TEST(SseParser, IgnoresComments) { EXPECT_THAT(parse(": ping\n\n:\ndata: a\n: more\n\n"), ElementsAre(Seen{"", "a"})); }

TEST(SseParser, IgnoresAnIdWithANulByte) { EXPECT_THAT(parse("id: a\0b\ndata: x\n\n"sv), ElementsAre(Seen{"", "x"})); }

TEST(SseParser, ReadsOnlyDigitsAsADelay) {
  EXPECT_THAT(parse("retry: 5x\nretry: -1\nretry:\nretry: 99999999999999999999\ndata: x\n\n"),
              ElementsAre(Seen{"", "x"}));
}

TEST(SseParser, SeesTheSameEventsWhereverTheBytesAreCut) {
  const std::string_view text =
      "\xEF\xBB\xBF"
      ": hi\r\nevent: delta\r\ndata: {\"a\":1}\r\ndata: \xC3\xA9\r\nid: 42\r\n\r\ndata: b\r\rretry: 10\n\ndata: c\n\n";
  const std::vector<Seen> whole = parse(text);
  ASSERT_EQ(whole.size(), 4U);

  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      Listener listener;
      SseParser parser;
      EXPECT_TRUE(parser.feed(text.substr(0, first), listener.hook()));
      EXPECT_TRUE(parser.feed(text.substr(first, second - first), listener.hook()));
      EXPECT_TRUE(parser.feed(text.substr(second), listener.hook()));
      ASSERT_EQ(listener.seen, whole) << "cut at " << first << " and " << second;
    }
  }
}

TEST(SseParser, WithholdsAnEventWithoutItsBlankLineUntilTheEnd) {
  Listener listener;
  SseParser parser;

  EXPECT_TRUE(parser.feed("data: a\n\ndata: last", listener.hook()));
  EXPECT_THAT(listener.seen, ElementsAre(Seen{"", "a"}));

  parser.finish(listener.hook());
  EXPECT_THAT(listener.seen, ElementsAre(Seen{"", "a"}, Seen{"", "last"}));
}

TEST(SseParser, HandsOutNothingAtTheEndOfAFinishedStream) {
  Listener listener;
  SseParser parser;
  EXPECT_TRUE(parser.feed("data: a\n\n", listener.hook()));

  parser.finish(listener.hook());

  EXPECT_EQ(listener.seen.size(), 1U);
}

TEST(SseParser, StopsWhenTheListenerHasEnough) {
  int events = 0;
  SseParser parser;

  EXPECT_TRUE(parser.feed("data: a\n\ndata: b\n\n", [&](const SseEvent&) { return ++events < 1; }));

  EXPECT_EQ(events, 1);
}

TEST(SseParser, RefusesAnEventThatOutgrowsItsBound) {
  Listener listener;
  SseParser of_many_lines(32);
  SseParser of_one_line(32);

  EXPECT_TRUE(of_many_lines.feed("data: 0123456789\ndata: 0123456789\n", listener.hook()));
  const auto many_lines = of_many_lines.feed("data: 0123456789\n", listener.hook());
  EXPECT_TRUE(of_one_line.feed("data: 0123456789", listener.hook()));
  const auto one_line = of_one_line.feed("0123456789012345678901234", listener.hook());

  EXPECT_EQ(many_lines.error().code, Errc::protocol);
  EXPECT_EQ(one_line.error().message, "an event of the stream is larger than 32 bytes");
  EXPECT_THAT(listener.seen, IsEmpty());
}

}  // namespace
}  // namespace convoke::net
