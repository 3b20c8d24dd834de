#include "chat/turn_draft.hpp"

#include <gtest/gtest.h>

#include "base/run.hpp"
#include "chat/interrupted.hpp"
#include "store/memory_store.hpp"
#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

class TurnDraftTest : public testing::Test {
 protected:
  TurnDraftTest() {
    Event asked;
    asked.conversation_id = "c";
    asked.request_id = "r";
    asked.timestamp = WallTime{} + 1h;
    asked.message = user_message("Tell me.");
    run(loop, store.append({asked})).value();
  }

  /// Gives the draft's writing so long.
  void work_for(SteadyClock::duration time) { run(loop, scope.run(sleep_for(time))); }
  RecordedTurn open_turn() { return run(loop, store.open_turns()).value().front(); }

  asio::io_context loop{1};
  MemoryStore store;
  TaskScope scope{loop.get_executor(), Log{}};
  Question question{.request_id = "r", .conversation_id = "c", .text = "Tell me."};
  TurnDraft draft{loop.get_executor(), store, scope, question};
};

TEST_F(TurnDraftTest, WritesMuchAtOnce) {
  draft.add(std::string(TurnDraft::enough / 2, 'a'));
  draft.add(std::string(TurnDraft::enough / 2, 'b'));

  work_for(10ms);

  EXPECT_EQ(open_turn().draft.size(), TurnDraft::enough);
}

TEST_F(TurnDraftTest, LeavesAShortReplyAlone) {
  draft.add("Once");
  draft.drop();

  work_for(10ms);

  EXPECT_EQ(open_turn().draft, "");
}

TEST(Interrupted, KeepsWhatWasSaidAsAPartialAnswer) {
  TokenCounts counts(1 << 20);
  const MessageCounter counter(counts, o200k_base());
  const RecordedTurn turn{"c", "r", {Event{}}, "Once upon a time"};

  const auto ending = ending_of_interrupted(turn, WallTime{} + 1h, counter);

  ASSERT_EQ(ending.size(), 2U);
  EXPECT_EQ(ending[0].message, assistant_message("Once upon a time"));
  EXPECT_EQ(ending[0].token_count, counter.count(ending[0].message));
  EXPECT_EQ(ending[0].details, (json::object{{"partial", true}}));
  EXPECT_EQ(ending[1].type, EventType::turn_interrupted);
  EXPECT_EQ(ending[1].request_id, "r");
}

TEST(Interrupted, ClosesATurnThatHadSaidNothing) {
  TokenCounts counts(1 << 20);
  const MessageCounter counter(counts, o200k_base());

  const auto ending = ending_of_interrupted({"c", "r", {}}, WallTime{}, counter);

  ASSERT_EQ(ending.size(), 1U);
  EXPECT_EQ(ending[0].type, EventType::turn_interrupted);
}

}  // namespace
}  // namespace convoke
