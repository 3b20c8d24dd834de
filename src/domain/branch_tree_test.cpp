#include "domain/branch_tree.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// 1 ─ 2 ─ 3 ─ 4          the trunk
///     └ 5 ─ 6 ─ 9        another answer to 1's question
///         └ 7 ─ 8        and another question after that
///     └ 10               a third answer
BranchTree a_tree() {
  return {.active = 7,
          .branches = {{.leaf = 4},
                       {.first = 5, .parent = 2, .parent_branch = trunk, .rival = 3, .leaf = 9},
                       {.first = 7, .parent = 5, .parent_branch = 5, .rival = 6, .leaf = 8},
                       {.first = 10, .parent = 2, .parent_branch = trunk, .rival = 3, .leaf = 10}}};
}

TEST(BranchTree, KnowsTheNewestEventOfTheActiveBranch) { EXPECT_EQ(a_tree().leaf(), 8); }

TEST(BranchTree, FindsTheWayToAnEvent) {
  EXPECT_THAT(a_tree().way_to({7, 8}), ElementsAre(BranchPart{7, 8}, BranchPart{5, 5}, BranchPart{trunk, 2}));
  EXPECT_THAT(a_tree().way_to({trunk, 4}), ElementsAre(BranchPart{trunk, 4}));
}

TEST(BranchTree, ListsWhatFollowsOneEventTheFirstFirst) {
  EXPECT_THAT(a_tree().alternatives_after(2), ElementsAre(3, 5, 10));
  EXPECT_THAT(a_tree().alternatives_after(5), ElementsAre(6, 7));
  EXPECT_THAT(a_tree().alternatives_after(3), IsEmpty());
}

TEST(BranchTree, TakesUpAnAlternativeWhereItWasLeft) {
  EXPECT_EQ(a_tree().newest_through(3, trunk), trunk);
  EXPECT_EQ(a_tree().newest_through(5, 5), 5) << "9 is newer than 8";
  EXPECT_EQ(a_tree().newest_through(7, 7), 7);
  EXPECT_EQ(a_tree().newest_through(1, trunk), 10);
}

TEST(BranchTree, HoldsAnEditedFirstQuestion) {
  const BranchTree tree{.active = 3,
                        .branches = {{.leaf = 2}, {.first = 3, .parent_branch = trunk, .rival = 1, .leaf = 4}}};

  EXPECT_THAT(tree.alternatives_after(0), ElementsAre(1, 3));
  EXPECT_THAT(tree.way_to({3, 4}), ElementsAre(BranchPart{3, 4}));
  EXPECT_EQ(tree.newest_through(1, trunk), trunk);
}

}  // namespace
}  // namespace convoke
