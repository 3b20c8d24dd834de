#include "store/postgres/node.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(Node, KnowsAProcessThatLivesFromOneThatDoesNot) {
  const std::string mine = session_name();
  EXPECT_FALSE(is_dead(mine));
  EXPECT_TRUE(is_dead(mine + "1")) << "another process had its number before";
}

TEST(Node, TakesNobodyForDeadItKnowsNothingOf) {
  EXPECT_FALSE(is_dead("convoke another-host 1 1"));
  EXPECT_FALSE(is_dead("psql"));
  EXPECT_FALSE(is_dead(""));
}

}  // namespace
}  // namespace convoke
