#include "chat/conversation_file.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(NewPositions, CloseGaps) {
  NewPositions positions;
  EXPECT_EQ(positions.add(4), 1);
  EXPECT_EQ(positions.add(5), 2);
  EXPECT_EQ(positions.add(9), 3);

  EXPECT_EQ(positions.find(5), 2);
  EXPECT_EQ(positions.find(9), 3);
  EXPECT_EQ(positions.find(3), std::nullopt);
  EXPECT_EQ(positions.find(7), std::nullopt);
  EXPECT_EQ(positions.find(10), std::nullopt);
  EXPECT_EQ(positions.at_or_before(7), 2);
  EXPECT_EQ(positions.at_or_before(3), 0);
  EXPECT_EQ(positions.at_or_before(99), 3);
  EXPECT_EQ(positions.count(), 3);
  EXPECT_EQ(positions.last_old(), 9);
}

TEST(FileLine, IsReadAsItWasWritten) {
  Event event;
  event.seq = 7;
  event.parent = 3;
  event.timestamp = from_iso8601("2026-11-26T10:00:00.123Z").value();
  event.type = EventType::assistant_message;
  event.request_id = "r";
  event.message = {Role::assistant,
                   {Reasoning{"hm", "{}"}, Text{"a\nb"}, Image{"image/png", "iVBO", ""}, ToolCall{"k", "sum", "{}"},
                    ToolResult{"k", "sum", "1", {Image{"", "", "https://example.com/a.png"}}, true}}};
  event.model = "demo";
  event.usage = Usage{.input_tokens = 1, .output_tokens = 2, .total_tokens = 3, .cost = parse_money("0.1")};
  event.token_count = 5;
  event.details = {{"server", "demo"}};

  EXPECT_EQ(read_line(to_line(event)).value(), FileLine(event));

  ConversationSummary header{.id = "c", .title = "A title", .created = event.timestamp, .archived = true};
  header.forked_from = "b";
  header.retention = Retention{RetentionPolicy::time_based, 30};
  EXPECT_EQ(read_line(to_line(header)).value(), FileLine(header));
  EXPECT_EQ(read_line(to_line(FileEnd{7, 9})).value(), FileLine(FileEnd{7, 9}));
}

TEST(FileLine, HasOneLineBreakAtItsEnd) {
  Event event;
  event.message = user_message("one\ntwo\r\n");

  const std::string line = to_line(event);

  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace convoke
