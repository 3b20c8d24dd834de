// How every store lets old events go.
#include <gmock/gmock.h>

#include "store/conversation_store_contract.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Event completed() { return an_event(EventType::turn_completed); }

TEST_P(ConversationStoreContract, SaysWhatHasToGo) {
  appended({question("1"), answer("2"), completed(), question("4"), answer("5"), completed()});
  appended({in("c2", question("1"))});
  const auto trims = [&](RetentionRule rule) { return run(store_->plan_trims(rule, 0)).value().trims; };

  const auto by_count = trims({.max_messages = 2});
  const auto by_time = trims({.oldest = question("").timestamp + 1s});

  ASSERT_THAT(by_count, SizeIs(1));
  EXPECT_EQ(by_count[0].conversation_id, "c1");
  EXPECT_EQ(by_count[0].first_kept, 4);
  EXPECT_EQ(by_count[0].events, 3);
  ASSERT_THAT(by_time, SizeIs(1)) << "c2 is being answered";
  EXPECT_EQ(by_time[0].first_kept, 7);
  EXPECT_THAT(trims({}), IsEmpty());
  EXPECT_THAT(trims({.max_messages = 4}), IsEmpty());
}

TEST_P(ConversationStoreContract, GoesByTheRetentionOfAConversationOfItsOwn) {
  appended({question("1"), answer("2"), completed(), question("4"), answer("5"), completed()});
  appended({in("c2", question("1")), in("c2", answer("2")), in("c2", completed()), in("c2", question("4")),
            in("c2", answer("5")), in("c2", completed())});
  const auto trimmed = [&](RetentionRule rule) {
    std::vector<std::string> conversations;
    for (const Trim& trim : run(store_->plan_trims(rule, 0)).value().trims)
      conversations.push_back(trim.conversation_id);
    return conversations;
  };

  EXPECT_TRUE(run(store_->set_retention("c2", Retention{RetentionPolicy::message_count, 2})));
  EXPECT_THAT(trimmed({}), ElementsAre("c2"));
  EXPECT_EQ(run(store_->conversation("c2"))->retention, (Retention{RetentionPolicy::message_count, 2}));

  EXPECT_TRUE(run(store_->set_retention("c2", Retention{})));
  EXPECT_THAT(trimmed({.max_messages = 2}), ElementsAre("c1"));

  const WallTime later = question("").timestamp + std::chrono::days(3);
  EXPECT_TRUE(run(store_->set_retention("c2", Retention{RetentionPolicy::time_based, 2})));
  EXPECT_THAT(trimmed({.now = later}), ElementsAre("c2"));

  EXPECT_TRUE(run(store_->set_retention("c2", std::nullopt)));
  EXPECT_THAT(trimmed({}), IsEmpty());
  EXPECT_EQ(run(store_->conversation("c2"))->retention, std::nullopt);
  EXPECT_EQ(run(store_->set_retention("unknown", Retention{})).error().code, Errc::not_found);
}

TEST_P(ConversationStoreContract, SaysWhatWouldGoFromOneConversation) {
  appended({question("1"), answer("2"), completed(), question("4"), answer("5"), completed()});
  const auto planned = [&](std::string conversation, RetentionRule rule) {
    return run(store_->plan_trim(conversation, rule)).value();
  };

  const auto trim = planned("c1", {.max_messages = 2});

  ASSERT_TRUE(trim);
  EXPECT_EQ(trim->first_kept, 4);
  EXPECT_EQ(trim->events, 3);
  EXPECT_EQ(planned("c1", {}), std::nullopt);
  EXPECT_EQ(planned("c1", {.max_messages = 4}), std::nullopt);
  EXPECT_EQ(planned("unknown", {.max_messages = 2}), std::nullopt);
}

TEST_P(ConversationStoreContract, LetsOldEventsGo) {
  appended({question("old words"), answer("2"), completed(), question("new words"), answer("5"), completed()});

  EXPECT_EQ(run(store_->trim("c1", 4)), 3);

  EXPECT_THAT(seqs(path("c1")), ElementsAre(4, 5, 6));
  EXPECT_THAT(seqs(after("c1", 0, 10)), ElementsAre(4, 5, 6));
  EXPECT_EQ(conversations().at(0).events, 3);
  EXPECT_THAT(turns_of_request("r1"), SizeIs(1));
  EXPECT_THAT(found({"old"}), IsEmpty());
  EXPECT_THAT(found({"new"}), ElementsAre("c1:4"));
  EXPECT_THAT(places(appended({question("and on")})), ElementsAre("7:6"));
  EXPECT_EQ(run(store_->trim("unknown", 4)).error().code, Errc::not_found);
}

TEST_P(ConversationStoreContract, LetsAConversationGoWithItsLastEvent) {
  appended({question("1"), answer("2"), completed()});

  EXPECT_EQ(run(store_->trim("c1", 4)), 3);

  EXPECT_THAT(conversations(), IsEmpty());
  EXPECT_THAT(places(appended({question("again")})), ElementsAre("1:0"));
}

TEST_P(ConversationStoreContract, KeepsWhatForksShowWhenTheirOriginIsTrimmed) {
  const auto shared = appended({question("shared"), answer("2"), completed()});
  appended({question("not shared"), answer("5"), completed(), question("7"), answer("8"), completed()});
  ASSERT_TRUE(run(store_->fork("c1", 3, "c2", WallTime{})));
  const auto own = appended({in("c2", question("own"))});

  const auto trims = run(store_->plan_trims({.max_messages = 2}, 0)).value().trims;
  EXPECT_EQ(run(store_->trim("c1", 7)), 3);

  ASSERT_THAT(trims, SizeIs(1));
  EXPECT_EQ(trims[0].events, 3) << "those that are shared do not go";
  EXPECT_THAT(path("c2"), ElementsAre(shared[0], shared[1], shared[2], own[0]));
  EXPECT_THAT(seqs(after("c1", 0, 10)), ElementsAre(1, 2, 3, 7, 8, 9));
  EXPECT_THAT(run(store_->plan_trims({.max_messages = 2}, 0)).value().trims, IsEmpty());
  ASSERT_TRUE(run(store_->erase("c2")));
  EXPECT_EQ(run(store_->trim("c1", 7)), 3) << "nobody needs them any more";
  EXPECT_THAT(seqs(after("c1", 0, 10)), ElementsAre(7, 8, 9));
}

TEST_P(ConversationStoreContract, TrimsTheBranchesThatForksDoNotShow) {
  appended({question("1"), answer("2"), completed()});
  appended({after_event(1, answer("4")), completed(), question("6"), answer("7"), completed()});
  ASSERT_TRUE(run(store_->fork("c1", 5, "c2", WallTime{})));

  EXPECT_EQ(run(store_->trim("c1", 6)), 2);

  EXPECT_THAT(seqs(path("c2")), ElementsAre(1, 4, 5));
  EXPECT_THAT(seqs(after("c1", 0, 10)), ElementsAre(1, 4, 5, 6, 7, 8));
}

}  // namespace
}  // namespace convoke
