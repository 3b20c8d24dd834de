#include "store/recent_paths.hpp"

#include <gmock/gmock.h>

#include "store/conversation_store_contract.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

Event at(Sequence seq, Sequence parent, std::string text = "x") {
  Event event = in("c1", question(std::move(text)));
  event.seq = seq;
  event.parent = parent;
  return event;
}

/// What a store would say of "c1" now.
void learn(RecentPaths& recent, const std::vector<Event>& path, std::size_t limit) {
  recent.remember("c1", recent.expect("c1"), path, limit);
}

std::optional<std::vector<Sequence>> found(RecentPaths& recent, std::size_t limit) {
  const auto path = recent.find("c1", limit);
  if (!path) return std::nullopt;
  return seqs(*path);
}

TEST(RecentPaths, KnowNothingOfAConversationTheyWereNotTold) {
  RecentPaths recent;
  recent.add({at(1, 0)});
  EXPECT_EQ(found(recent, 10), std::nullopt);
}

TEST(RecentPaths, GoOnWithWhatIsAppended) {
  RecentPaths recent;
  learn(recent, {at(1, 0), at(2, 1)}, 10);
  recent.add({at(3, 2)});
  EXPECT_THAT(found(recent, 10), Optional(ElementsAre(1, 2, 3)));
  EXPECT_THAT(found(recent, 2), Optional(ElementsAre(2, 3)));
}

TEST(RecentPaths, KnowThatANewConversationIsEmpty) {
  RecentPaths recent;
  learn(recent, {}, 10);
  EXPECT_THAT(found(recent, 10), Optional(IsEmpty()));
  recent.add({at(1, 0)});
  EXPECT_THAT(found(recent, 10), Optional(ElementsAre(1)));
}

TEST(RecentPaths, DoNotClaimToKnowMoreThanTheyRead) {
  RecentPaths recent;
  learn(recent, {at(5, 4), at(6, 5)}, 2);
  EXPECT_EQ(found(recent, 3), std::nullopt);
  EXPECT_THAT(found(recent, 2), Optional(ElementsAre(5, 6)));
}

TEST(RecentPaths, ForgetAConversationThatBranches) {
  RecentPaths recent;
  learn(recent, {at(1, 0), at(2, 1)}, 10);
  recent.add({at(3, 1)});
  EXPECT_EQ(found(recent, 10), std::nullopt);
}

TEST(RecentPaths, DoNotBelieveAReadThatAnAppendOvertook) {
  RecentPaths recent;
  const auto ticket = recent.expect("c1");
  recent.add({at(2, 1)});
  recent.remember("c1", ticket, {at(1, 0)}, 10);
  EXPECT_EQ(found(recent, 10), std::nullopt);
}

TEST(RecentPaths, DoNotKeepAnEventTwiceWhenTheReadAlreadyHadIt) {
  RecentPaths recent;
  learn(recent, {at(1, 0), at(2, 1)}, 10);
  recent.add({at(2, 1)});
  EXPECT_EQ(found(recent, 10), std::nullopt);
}

TEST(RecentPaths, ForgetWhatTheyAreToldToForget) {
  RecentPaths recent;
  learn(recent, {at(1, 0)}, 10);
  recent.forget("c1");
  EXPECT_EQ(found(recent, 10), std::nullopt);
  learn(recent, {at(1, 0)}, 10);
  recent.forget_all();
  EXPECT_EQ(found(recent, 10), std::nullopt);
}

TEST(RecentPaths, StayWithinTheirBytes) {
  RecentPaths recent(100'000);
  learn(recent, {}, 10);
  Sequence seq = 0;
  for (int i = 0; i < 100; ++i, ++seq) recent.add({at(seq + 1, seq, std::string(5'000, 'x'))});
  EXPECT_EQ(found(recent, 10), std::nullopt);
  EXPECT_THAT(found(recent, 3), Optional(ElementsAre(98, 99, 100)));
}

TEST(RecentPaths, LetGoOfWhatWasNotUsedForLongest) {
  RecentPaths recent(40'000);
  learn(recent, {at(1, 0)}, 10);
  for (int i = 0; i < 100; ++i) {
    const std::string other = "other " + std::to_string(i);
    recent.remember(other, recent.expect(other), {in(other, at(1, 0, std::string(1'000, 'x')))}, 10);
  }
  EXPECT_EQ(found(recent, 10), std::nullopt);
  EXPECT_TRUE(recent.find("other 99", 10));
}

}  // namespace
}  // namespace convoke
