#include "chat/importing.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "chat/exporting.hpp"
#include "store/memory_store.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Two stores: what one exports, the other imports.
class ConversationFiles : public testing::Test {
 protected:
  Event event(EventType type, Message message = {}, Sequence parent = 0) {
    Event made;
    made.conversation_id = "c";
    made.parent = parent;
    made.timestamp = from_iso8601("2026-11-26T10:00:00.000Z").value();
    made.type = type;
    made.request_id = "r" + std::to_string(turn_);
    made.message = std::move(message);
    made.token_count = made.message.parts.empty() ? 0 : 7;
    return made;
  }

  void turn(std::string question, std::string answer, Sequence parent = 0) {
    ++turn_;
    Event closing = event(EventType::turn_completed);
    closing.details = {{"finish_reason", "stop"}};
    run(from_.append({event(EventType::user_message, user_message(question), parent),
                      event(EventType::assistant_message, assistant_message(answer)), closing}))
        .value();
  }

  std::string exported(std::string id, ExportFormat format = ExportFormat::jsonl) {
    std::string text;
    auto take = [&](std::string piece) -> Task<> {
      text += piece;
      co_return;
    };
    const auto events = run(export_conversation(from_, id, format, take));
    EXPECT_TRUE(events) << events.error().message;
    return text;
  }

  Result<std::vector<ImportedConversation>> imported(std::string text, bool copy = false, std::size_t piece = 1 << 20) {
    Import import(to_, clock_, claims_, {.copy = copy, .count = {}, .workers = {}});
    std::vector<ImportedConversation> all;
    for (std::size_t at = 0; at <= text.size(); at += piece) {
      auto some = run(import.take(text.substr(at, piece), at + piece > text.size()));
      if (!some) run(import.abandon());
      if (!some) return some;
      std::ranges::move(*some, std::back_inserter(all));
    }
    return all;
  }

  std::vector<Event> events_of(ConversationStore& store, std::string id) {
    return run(store.after(id, 0, 100'000)).value();
  }

  /// Without what belongs to a database alone.
  std::vector<Event> comparable(std::vector<Event> events) {
    for (Event& one : events) one.id = 0;
    return events;
  }

  MemoryStore from_;
  MemoryStore to_;
  ManualClock clock_;
  ImportClaims claims_;
  int turn_ = 0;
};

TEST_F(ConversationFiles, BringEverythingBack) {
  turn("one", "1");
  turn("two", "2");
  turn("deux", "2", 3);  // beside "two"
  turn("three", "3");
  run(from_.switch_to("c", 4)).value();
  run(from_.rename("c", "Numbers")).value();
  run(from_.set_archived("c", true)).value();
  run(from_.set_retention("c", Retention{RetentionPolicy::message_count, 50})).value();

  const auto done = imported(exported("c"), false, 7);

  ASSERT_TRUE(done) << done.error().message;
  ASSERT_THAT(*done, SizeIs(1));
  EXPECT_EQ(done->front().imported_as, "c");
  EXPECT_EQ(done->front().events, 12);
  EXPECT_EQ(comparable(events_of(to_, "c")), comparable(events_of(from_, "c")));
  EXPECT_EQ(run(to_.branches("c")), run(from_.branches("c")));
  EXPECT_EQ(run(to_.conversation("c")), run(from_.conversation("c")));
}

TEST_F(ConversationFiles, AreNotImportedTwice) {
  turn("one", "1");
  const std::string file = exported("c");
  imported(file).value();

  const auto again = imported(file).value();

  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].imported_as, "");
  EXPECT_THAT(events_of(to_, "c"), SizeIs(3));
}

TEST_F(ConversationFiles, AreCopiedWhenThatIsWanted) {
  turn("one", "1");
  const std::string file = exported("c");
  imported(file).value();

  const auto copy = imported(file, true).value();

  ASSERT_THAT(copy, SizeIs(1));
  EXPECT_NE(copy[0].imported_as, "c");
  const auto events = events_of(to_, copy[0].imported_as);
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_THAT(events[0].request_id, testing::EndsWith("_r1"));
  EXPECT_EQ(events[0].request_id, events[2].request_id);
  EXPECT_THAT(run(to_.turns_of_request("r1")).value(), SizeIs(1)) << "requests are found in the original only";
}

TEST_F(ConversationFiles, HoldWhatAForkSharesWithItsOrigin) {
  turn("one", "1");
  turn("two", "2");
  run(from_.fork("c", 3, "f", WallTime{})).value();
  Event own = event(EventType::user_message, user_message("elsewhere"));
  own.conversation_id = "f";
  own.request_id = "other";
  run(from_.append({own})).value();

  const auto done = imported(exported("f")).value();

  EXPECT_EQ(done.at(0).events, 4);
  const auto path = run(to_.path("f", 0, 10)).value();
  ASSERT_THAT(path, SizeIs(5)) << "the open turn is closed";
  EXPECT_EQ(path[0].message.text(), "one");
  EXPECT_EQ(path[3].message.text(), "elsewhere");
  EXPECT_EQ(path[4].type, EventType::turn_interrupted);
}

TEST_F(ConversationFiles, NumberAnewWhatHasGaps) {
  turn("one", "1");
  turn("two", "2");
  Event summary = event(EventType::summary, assistant_message("two was said"));
  summary.details = {{"covers", 6}};
  run(from_.append({summary})).value();
  run(from_.trim("c", 4)).value();

  ASSERT_TRUE(imported(exported("c")));

  const auto events = events_of(to_, "c");
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(events[0].message.text(), "two");
  EXPECT_EQ(events[0].parent, 0);
  EXPECT_EQ(events[3].details.object().at("covers").as_int64(), 3);
}

TEST_F(ConversationFiles, OfManyEventsComeInStepsAndAreWhole) {
  for (int i = 0; i < 1'500; ++i) turn("question", "answer");

  const auto done = imported(exported("c"), false, 64 * 1024);

  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(comparable(events_of(to_, "c")), comparable(events_of(from_, "c")));
  EXPECT_EQ(run(to_.conversation("c")), run(from_.conversation("c")));
}

TEST_F(ConversationFiles, ThatBreakOffLeaveNothingBehind) {
  for (int i = 0; i < 1'500; ++i) turn("question", "answer");
  const std::string file = exported("c");

  const auto refused = imported(file.substr(0, file.size() - 30));

  EXPECT_FALSE(refused);
  EXPECT_THAT(events_of(to_, "c"), IsEmpty());
  EXPECT_TRUE(imported(file)) << "it is nobody's claim any more";
}

TEST_F(ConversationFiles, SayWhichLineIsWrongAndHow) {
  turn("one", "1");
  turn_ = 1;
  const std::string file = exported("c");
  const auto problem = [&](std::string from, std::string to) {
    std::string broken = file;
    broken.replace(broken.find(from), from.size(), to);
    const auto refused = imported(broken);
    EXPECT_THAT(events_of(to_, "c"), IsEmpty());
    return refused ? std::string("taken") : refused.error().message;
  };

  EXPECT_EQ(problem("\"seq\":2", "\"seq\":\"2\""), "line 3: seq: is \"2\"; expected a whole number from 1 on");
  EXPECT_EQ(problem("\"seq\":2", "\"seq\":1"), "line 3: seq: is 1; expected more than 1, that of the event before it");
  EXPECT_EQ(problem("\"parent\":1", "\"parent\":9"),
            "line 3: parent: is 9; expected 0 or the seq of an event before it");
  EXPECT_EQ(
      problem("assistant_message", "answer"),
      "line 3: type: is \"answer\"; expected a type of event: user_message, assistant_message, turn_completed, …");
  EXPECT_EQ(problem("2026-11-26T10", "yesterday"),
            "line 1: created: is \"yesterday:00:00.000Z\"; expected a time such as 2026-11-23T18:04:48.123Z");
  EXPECT_EQ(problem("\"type\":\"text\"", "\"type\":\"smell\""),
            "line 2: parts[0].type: is \"smell\"; expected one of text, reasoning, image, tool_call, tool_result");
  EXPECT_THAT(problem("\"version\":1", "\"version\":2"), HasSubstr("line 1: version: is 2; expected at most 1"));
  EXPECT_EQ(problem("\"events\":3", "\"events\":4"), "line 5: events: is 4; expected 3, for so many came");
  EXPECT_THAT(problem("{\"seq\":1", "{\"seq\":1,,"), HasSubstr("line 2: "));
  EXPECT_THAT(imported("").error().message, HasSubstr("the file is empty"));
}

TEST_F(ConversationFiles, WithSeveralConversationsKeepThoseBeforeAMistake) {
  turn("one", "1");
  const std::string file = exported("c");
  std::string second = file;
  second.replace(second.find("\"id\":\"c\""), 8, "\"id\":\"d\"");
  second.replace(second.find("\"seq\":3"), 7, "\"seq\":0");

  const auto refused = imported(file + second);

  EXPECT_EQ(refused.error().message, "line 9: seq: is 0; expected a whole number from 1 on");
  EXPECT_THAT(events_of(to_, "c"), SizeIs(3));
  EXPECT_EQ(run(to_.conversation("d")).error().code, Errc::not_found);
}

TEST_F(ConversationFiles, OfOpenAiHoldWhatAModelIsShown) {
  turn("one", "1");
  turn("two", "2");
  turn("deux", "2, oui", 3);

  const std::string file = exported("c", ExportFormat::openai);

  EXPECT_EQ(file, R"({"messages":[{"role":"user","content":"one"},{"role":"assistant","content":"1"},)"
                  R"({"role":"user","content":"deux"},{"role":"assistant","content":"2, oui"}]})"
                  "\n");
  const auto done = imported(file).value();
  ASSERT_THAT(done, SizeIs(1));
  const auto events = events_of(to_, done[0].imported_as);
  ASSERT_THAT(events, SizeIs(6));
  EXPECT_EQ(events[3].message, user_message("deux"));
  EXPECT_EQ(events[5].type, EventType::turn_completed);
  EXPECT_EQ(run(to_.conversation(done[0].imported_as))->title, "one");
}

TEST_F(ConversationFiles, OfOpenAiAreReadInAnyShape) {
  const auto read = imported(R"([
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "What is it?"},
                                 {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}]},
    {"role": "assistant", "content": null,
     "tool_calls": [{"id": "k", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "k", "content": "a cat"},
    {"role": "assistant", "content": "A cat."}
  ])");

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at(0).left_out, 1);
  const auto events = events_of(to_, read->at(0).imported_as);
  ASSERT_THAT(events, SizeIs(6));
  EXPECT_EQ(std::get<Image>(events[0].message.parts.at(1)), (Image{"image/png", "iVBO", ""}));
  EXPECT_EQ(events[2].type, EventType::tool_call);
  EXPECT_EQ(std::get<ToolResult>(events[3].message.parts.at(0)).name, "look");
  const auto lines = imported(
      "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}\n"
      "{\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}\n");
  EXPECT_THAT(lines.value(), SizeIs(2));
}

TEST_F(ConversationFiles, OfOpenAiSayWhichMessageIsWrong) {
  const auto problem = [&](std::string text) { return imported(text).error().message; };

  EXPECT_EQ(problem(R"({"messages":[{"role":"user","content":"a"},{"role":"bot"}]})"),
            "messages[1].role: is \"bot\"; expected one of system, developer, user, assistant, tool");
  EXPECT_EQ(problem(R"({"messages":[{"role":"assistant","content":"a"}]})"),
            "messages[0].role: is \"assistant\"; expected user: a conversation begins with a question");
  EXPECT_EQ(problem(R"([{"role":"user","content":"a"},{"role":"tool","tool_call_id":"x","content":""}])"),
            "messages[1].tool_call_id: is \"x\"; expected the id of a call before it in this turn");
  EXPECT_EQ(problem("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}\n{\"messages\":3}\n"),
            "line 2: messages: is missing; expected an object with a list \"messages\"");
  EXPECT_THAT(problem("no conversation"), HasSubstr("the file is "));
}

}  // namespace
}  // namespace convoke
