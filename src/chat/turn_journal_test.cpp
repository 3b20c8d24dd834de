#include "chat/turn_journal.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

Chunk text(std::string words) { return {Chunk::Type::text, std::move(words)}; }
void ignore(News) {}

TEST(TurnJournal, JoinsTextThatNobodyHasReadYet) {
  TurnJournal journal("r", "c");
  journal.append(Processing{});
  journal.append(text("one "));
  journal.append(text("two"));

  EXPECT_EQ(journal.last_seq(), 2);
  EXPECT_EQ(journal.next(1)->body, FrameBody(text("one two")));
}

TEST(TurnJournal, LeavesAFrameThatWasReadAsItIs) {
  TurnJournal journal("r", "c");
  journal.append(text("one"));
  ASSERT_TRUE(journal.next(0));

  journal.append(text("two"));

  EXPECT_EQ(journal.next(0)->body, FrameBody(text("one")));
  EXPECT_EQ(journal.next(1)->body, FrameBody(text("two")));
}

TEST(TurnJournal, KeepsReasoningAndTextApart) {
  TurnJournal journal("r", "c");
  journal.append(Chunk{Chunk::Type::reasoning, "hm"});
  journal.append(text("yes"));

  EXPECT_EQ(journal.last_seq(), 2);
}

TEST(JournalReader, GetsEveryFrameOnceFromWhereItBegins) {
  TurnJournal journal("r", "c");
  journal.append(Processing{});
  journal.append(text("a"));
  ASSERT_TRUE(journal.next(1));
  journal.append(text("b"));
  JournalReader late(journal, 2, ignore);

  EXPECT_EQ(late.take(), to_text({"r", 3, text("b")}));
  EXPECT_EQ(late.take(), std::nullopt);
  EXPECT_FALSE(late.done());
  journal.append(Complete{{{"tokens", 1}}, {}});
  EXPECT_EQ(late.take(), to_text({"r", 4, Complete{{{"tokens", 1}}, {}}}));
  EXPECT_TRUE(late.done());
}

TEST(JournalReader, KnowsHowMuchWaits) {
  TurnJournal journal("r", "c");
  JournalReader reader(journal, 0, ignore);
  journal.append(text(std::string(1000, 'x')));
  EXPECT_GT(reader.pending_bytes(), 1000U);

  reader.take();

  EXPECT_EQ(reader.pending_bytes(), 0U);
}

TEST(JournalReader, IsToldOfEveryChange) {
  TurnJournal journal("r", "c");
  int told = 0;
  JournalReader reader(journal, 0, [&](News) { ++told; });

  journal.append(text("a"));
  journal.append(text("b"));

  EXPECT_EQ(told, 2);
}

TEST(JournalReader, IsToldWhenWordsBegin) {
  TurnJournal journal("r", "c");
  std::vector<News> news;
  JournalReader reader(journal, 0, [&](News told) { news.push_back(told); });

  journal.append(Processing{"", "", {}});
  journal.append(text("a"));
  reader.take();
  reader.take();
  journal.append(text("b"));

  EXPECT_EQ(news, (std::vector{News::more, News::first_words, News::more}));
}

}  // namespace
}  // namespace convoke
