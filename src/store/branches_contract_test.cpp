// What every store must do about branches and forks.
#include <gmock/gmock.h>

#include "store/conversation_store_contract.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(ConversationStoreContract, BranchesWhereSomethingFollowsAlready) {
  appended({question("hello"), answer("hi")});

  const auto again = appended({after_event(1, answer("good day"))});
  const auto edited = appended({after_event(from_the_start, question("good morning"))});

  EXPECT_THAT(places(again), ElementsAre("3:1"));
  EXPECT_THAT(places(edited), ElementsAre("4:0"));
  EXPECT_EQ(edited[0].branch, 4);
  EXPECT_THAT(places(after("c1", 0, 10)), ElementsAre("1:0", "2:1", "3:1", "4:0"));
  EXPECT_THAT(branches("c1").alternatives_after(1), ElementsAre(2, 3));
  EXPECT_THAT(branches("c1").alternatives_after(0), ElementsAre(1, 4));
}

TEST_P(ConversationStoreContract, GoesOnWhereNothingFollowsYet) {
  appended({question("hello"), answer("hi")});

  const auto more = appended({after_event(2, question("and?")), answer("nothing")});

  EXPECT_THAT(places(more), ElementsAre("3:2", "4:3"));
  EXPECT_THAT(branches("c1").branches, SizeIs(1));
  EXPECT_THAT(places(appended({after_event(from_the_start, in("c2", question("first")))})), ElementsAre("1:0"));
}

TEST_P(ConversationStoreContract, MakesANewBranchTheActiveOne) {
  appended({question("hello"), answer("hi"), question("more"), answer("more")});

  appended({after_event(1, answer("good day"))});
  const auto next = appended({question("how are you?"), answer("fine")});

  EXPECT_THAT(places(next), ElementsAre("6:5", "7:6"));
  EXPECT_THAT(seqs(path("c1")), ElementsAre(1, 5, 6, 7));
  EXPECT_THAT(seqs(path("c1", 4)), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(seqs(path("c1", 0, 2)), ElementsAre(6, 7));
  EXPECT_THAT(seqs(path("c1", 5, 2)), ElementsAre(1, 5));
}

TEST_P(ConversationStoreContract, KeepsATurnOnItsBranchWhereverPeopleAre) {
  appended({question("hello")});
  appended({after_event(from_the_start, question("good morning"))});

  const auto late = appended({on_branch(trunk, answer("hi"))});
  const auto here = appended({answer("morning")});

  EXPECT_THAT(places(late), ElementsAre("3:1"));
  EXPECT_THAT(places(here), ElementsAre("4:2"));
  EXPECT_EQ(branches("c1").active, 2);
  EXPECT_EQ(run(store_->append({on_branch(3, answer("?"))})).error().code, Errc::invalid_input);
}

TEST_P(ConversationStoreContract, PlacesEventsAfterThoseOfTheSameAppend) {
  appended({question("hello"), answer("hi")});

  const auto turn = appended({after_event(from_the_start, question("a")), answer("b"), after_event(3, answer("c"))});

  EXPECT_THAT(places(turn), ElementsAre("3:0", "4:3", "5:3"));
  EXPECT_THAT(branches("c1").alternatives_after(3), ElementsAre(4, 5));
  EXPECT_THAT(seqs(path("c1")), ElementsAre(3, 5));
}

TEST_P(ConversationStoreContract, SwitchesToTheNewestBranchThroughAnEvent) {
  appended({question("1"), answer("2"), question("3")});
  appended({after_event(1, answer("4")), question("5")});
  appended({after_event(4, question("6"))});

  EXPECT_TRUE(run(store_->switch_to("c1", 2)));
  EXPECT_THAT(seqs(path("c1")), ElementsAre(1, 2, 3));
  EXPECT_TRUE(run(store_->switch_to("c1", 4)));
  EXPECT_THAT(seqs(path("c1")), ElementsAre(1, 4, 6));
  EXPECT_TRUE(run(store_->switch_to("c1", 5)));
  EXPECT_THAT(seqs(path("c1")), ElementsAre(1, 4, 5));
  EXPECT_THAT(places(appended({answer("7")})), ElementsAre("7:5"));
  EXPECT_EQ(run(store_->switch_to("c1", 99)).error(), (Error{Errc::not_found, "conversation 'c1' has no event 99"}));
  EXPECT_EQ(run(store_->switch_to("unknown", 1)).error().code, Errc::not_found);
}

TEST_P(ConversationStoreContract, SharesTheBeginningOfAFork) {
  const auto shared = appended({question("hello"), answer("hi"), question("more")});
  const WallTime now = shared[0].timestamp + 5s;

  EXPECT_TRUE(run(store_->fork("c1", 2, "c2", now)));
  const auto own = appended({in("c2", question("elsewhere")), in("c2", answer("yes"))});

  EXPECT_THAT(places(own), ElementsAre("3:2", "4:3"));
  EXPECT_THAT(path("c2"), ElementsAre(shared[0], shared[1], own[0], own[1]));
  EXPECT_THAT(path("c2", 3, 2), ElementsAre(shared[1], own[0]));
  EXPECT_THAT(seqs(path("c1")), ElementsAre(1, 2, 3));
  EXPECT_THAT(after("c2", 0, 10), ElementsAre(own[0], own[1])) << "its own events only";
  EXPECT_EQ(conversations().at(0), (ConversationSummary{"c2", "hello", now, own[1].timestamp, 2, false, "c1"}));
}

TEST_P(ConversationStoreContract, RefusesForksItCannotMake) {
  appended({question("hello"), in("c2", question("hello"))});

  EXPECT_EQ(run(store_->fork("c1", 2, "c3", {})).error().code, Errc::not_found);
  EXPECT_EQ(run(store_->fork("unknown", 1, "c3", {})).error().code, Errc::not_found);
  EXPECT_EQ(run(store_->fork("c1", 1, "c2", {})).error(),
            (Error{Errc::conflict, "there is a conversation 'c2' already"}));
  EXPECT_EQ(run(store_->fork("c1", 1, "", {})).error().code, Errc::invalid_input);
}

TEST_P(ConversationStoreContract, BranchesInAForkBeforeAndAfterItsBeginning) {
  appended({question("1"), answer("2"), question("3"), answer("4")});
  appended({after_event(1, answer("5")), question("6")});
  ASSERT_TRUE(run(store_->fork("c1", 6, "c2", WallTime{})));

  const auto early = appended({in("c2", after_event(1, answer("instead of 5")))});
  const auto first = appended({in("c2", after_event(from_the_start, question("instead of 1")))});
  const auto last = appended({in("c2", after_event(6, answer("after 6")))});

  EXPECT_THAT(places(early), ElementsAre("7:1"));
  EXPECT_THAT(places(first), ElementsAre("8:0"));
  EXPECT_THAT(places(last), ElementsAre("9:6"));
  EXPECT_THAT(branches("c2").alternatives_after(1), ElementsAre(5, 7)) << "2 is none of this conversation's";
  EXPECT_THAT(branches("c2").alternatives_after(0), ElementsAre(1, 8));
  EXPECT_THAT(seqs(path("c2")), ElementsAre(1, 5, 6, 9));
  EXPECT_TRUE(run(store_->switch_to("c2", 7)));
  EXPECT_THAT(seqs(path("c2")), ElementsAre(1, 7));
}

TEST_P(ConversationStoreContract, ForksAFork) {
  appended({question("1"), answer("2"), question("3")});
  ASSERT_TRUE(run(store_->fork("c1", 2, "c2", WallTime{})));
  appended({in("c2", question("own"))});

  ASSERT_TRUE(run(store_->fork("c2", 1, "early", WallTime{})));
  ASSERT_TRUE(run(store_->fork("c2", 3, "late", WallTime{})));

  EXPECT_THAT(seqs(path("early")), ElementsAre(1));
  EXPECT_THAT(seqs(path("late")), ElementsAre(1, 2, 3));
  EXPECT_EQ(path("late").back().conversation_id, "c2");
  EXPECT_THAT(places(appended({in("late", answer("more"))})), ElementsAre("4:3"));
}

TEST_P(ConversationStoreContract, KeepsWhatAForkShowsWhenItsOriginIsErased) {
  appended({question("shared"), answer("2"), question("only here")});
  appended({after_event(1, answer("an alternative"))});
  ASSERT_TRUE(run(store_->fork("c1", 2, "c2", WallTime{})));

  EXPECT_TRUE(run(store_->erase("c1")));

  const Error was_deleted{Errc::conflict, "conversation 'c1' was deleted; begin another"};
  EXPECT_EQ(run(store_->path("c1", 0, 10)).error(), was_deleted);
  EXPECT_EQ(run(store_->path("c1", 2, 10)).error(), was_deleted);
  EXPECT_THAT(after("c1", 0, 10), IsEmpty());
  EXPECT_THAT(conversations(), SizeIs(1));
  EXPECT_THAT(turns_of_request("r1"), IsEmpty());
  EXPECT_THAT(open_turns(), IsEmpty());
  EXPECT_THAT(seqs(path("c2")), ElementsAre(1, 2));
  EXPECT_EQ(run(store_->append({question("again")})).error(), was_deleted);
  EXPECT_EQ(run(store_->erase("c1")).error().code, Errc::not_found);
}

TEST_P(ConversationStoreContract, BranchesBeforeTheBeginningOfAForkWhoseOriginIsErased) {
  appended({question("1"), answer("2"), question("3")});
  appended({after_event(1, answer("an alternative")), question("5")});
  ASSERT_TRUE(run(store_->fork("c1", 5, "c2", WallTime{})));
  ASSERT_TRUE(run(store_->erase("c1")));

  const auto early = appended({in("c2", after_event(1, answer("instead of 4")))});

  EXPECT_THAT(places(early), ElementsAre("6:1"));
  EXPECT_THAT(branches("c2").alternatives_after(1), ElementsAre(4, 6));
  EXPECT_THAT(seqs(path("c2")), ElementsAre(1, 6));
  EXPECT_TRUE(run(store_->switch_to("c2", 4)));
  EXPECT_THAT(seqs(path("c2")), ElementsAre(1, 4, 5));
}

TEST_P(ConversationStoreContract, ForgetsAnErasedOriginWithItsLastFork) {
  appended({question("shared"), answer("2")});
  ASSERT_TRUE(run(store_->fork("c1", 2, "c2", WallTime{})));
  ASSERT_TRUE(run(store_->fork("c1", 1, "c3", WallTime{})));
  ASSERT_TRUE(run(store_->erase("c1")));

  EXPECT_TRUE(run(store_->erase("c2")));
  EXPECT_THAT(seqs(path("c3")), ElementsAre(1));
  EXPECT_TRUE(run(store_->erase("c3")));

  EXPECT_THAT(places(appended({question("a new beginning")})), ElementsAre("1:0"));
}

TEST_P(ConversationStoreContract, TellsOfOneConversation) {
  const auto events = appended({question("What is it?"), answer("A test.")});

  const auto told = run(store_->conversation("c1"));

  EXPECT_EQ(told, conversations().at(0));
  EXPECT_EQ(run(store_->conversation("unknown")).error().code, Errc::not_found);
  EXPECT_TRUE(run(store_->erase("c1")));
  EXPECT_EQ(run(store_->conversation("c1")).error().code, Errc::not_found);
}

TEST_P(ConversationStoreContract, ReplacesATitleOnlyWhileItIsTheOneThatWasMeant) {
  appended({question("What is it?"), answer("A test.")});

  EXPECT_TRUE(run(store_->retitle("c1", "What is it?", "A question")));
  EXPECT_EQ(run(store_->retitle("c1", "What is it?", "Too late")).error().code, Errc::conflict);

  EXPECT_EQ(conversations().at(0).title, "A question");
  EXPECT_EQ(run(store_->retitle("c1", "A question", " ")).error().code, Errc::invalid_input);
  EXPECT_EQ(run(store_->retitle("unknown", "", "x")).error().code, Errc::not_found);
}

TEST_P(ConversationStoreContract, TakesAConversationWithBranchesAtOnce) {
  const auto events = appended({after_event(from_the_start, question("1")), after_event(1, answer("2")),
                                after_event(1, answer("2, again")), after_event(3, question("4"))});

  EXPECT_THAT(places(events), ElementsAre("1:0", "2:1", "3:1", "4:3"));
  EXPECT_THAT(branches("c1").alternatives_after(1), ElementsAre(2, 3));
}

}  // namespace
}  // namespace convoke
