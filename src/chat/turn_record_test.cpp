#include "chat/turn_record.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "store/memory_store.hpp"
#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;

/// A store that counts how often it is written to.
class CountingStore final : public MemoryStore {
 public:
  Task<Result<std::vector<Event>>> append(std::vector<Event> events) override {
    ++appends;
    co_return co_await MemoryStore::append(std::move(events));
  }
  int appends = 0;
};

class TurnRecordTest : public testing::Test {
 protected:
  TurnRecord record_with(std::chrono::milliseconds patience) {
    return {loop.get_executor(),           store,        clock,     scope,   question,
            {counts, loop.get_executor()}, o200k_base(), 1U << 20U, patience};
  }

  std::vector<EventType> recorded() {
    std::vector<EventType> types;
    for (const Event& event : run(loop, store.path("c", 0, 100)).value()) types.push_back(event.type);
    return types;
  }

  asio::io_context loop{1};
  CountingStore store;
  SystemClock clock;
  TokenCounts counts{1U << 20U};
  TaskScope scope{loop.get_executor(), Log{}};
  Question question{.request_id = "r", .conversation_id = "c", .text = "How many?"};
};

TEST_F(TurnRecordTest, WritesAQuickAnswerTogetherWithItsQuestion) {
  TurnRecord record = record_with(1h);
  Result<void> durable;
  auto turn = [&]() -> Task<> {
    record.question(0);
    record.reply({.message = assistant_message("Three.")});
    record.close(EventType::turn_completed, {}, {}, "");
    durable = co_await record.durable();
  };

  run(loop, scope.run(turn()));

  EXPECT_TRUE(durable);
  EXPECT_EQ(store.appends, 1);
  EXPECT_THAT(recorded(),
              ElementsAre(EventType::user_message, EventType::assistant_message, EventType::turn_completed));
}

TEST_F(TurnRecordTest, WritesAQuestionThoughNobodyWaitsForIt) {
  TurnRecord record = record_with(1ms);
  auto silent_model = [&]() -> Task<> {
    record.question(0);
    while (store.appends == 0) co_await sleep_for(1ms);
  };

  run(loop, scope.run(silent_model()));

  EXPECT_THAT(recorded(), ElementsAre(EventType::user_message));
}

}  // namespace
}  // namespace convoke
