#include "chat/retention.hpp"

#include <gtest/gtest.h>

#include "base/run.hpp"
#include "store/memory_store.hpp"

namespace convoke {
namespace {

void talk(ConversationStore& store, std::string conversation, int turns) {
  for (int i = 0; i < turns; ++i) {
    const auto event = [&](EventType type) {
      return Event{.conversation_id = conversation,
                   .timestamp = SystemClock().wall(),
                   .type = type,
                   .request_id = "r" + std::to_string(i)};
    };
    run(store.append(
            {event(EventType::user_message), event(EventType::assistant_message), event(EventType::turn_completed)}))
        .value();
  }
}

TEST(Retention, LetsGoWhatIsTooMuchInEachConversation) {
  MemoryStore store;
  talk(store, "long", 5);
  talk(store, "short", 1);

  const auto deleted = run(apply_retention(store, {.max_messages = 4}));

  EXPECT_EQ(deleted, 9);
  EXPECT_EQ(run(store.path("long", 0, 100)).value().size(), 6U);
  EXPECT_EQ(run(store.path("short", 0, 100)).value().size(), 3U);
}

TEST(Retention, LeavesEverythingWhereNothingIsTooMuch) {
  MemoryStore store;
  talk(store, "c", 2);

  EXPECT_EQ(run(apply_retention(store, {.max_messages = 4})), 0);
  EXPECT_EQ(run(apply_retention(store, {})), 0);
}

}  // namespace
}  // namespace convoke
