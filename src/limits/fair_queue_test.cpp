#include "limits/fair_queue.hpp"

#include <gmock/gmock.h>

#include <random>

namespace convoke::limits {
namespace {

using testing::ElementsAre;

std::vector<FairQueue::Ticket> drained(FairQueue& queue) {
  std::vector<FairQueue::Ticket> order;
  for (; !queue.empty(); queue.take_front()) order.push_back(queue.front().second.ticket);
  return order;
}

TEST(FairQueue, ServesOneClientInTheOrderItAsked) {
  FairQueue queue;
  for (const FairQueue::Ticket ticket : {1U, 2U, 3U}) queue.push(ticket, 7, 100, 0, Priority::normal);
  EXPECT_THAT(drained(queue), ElementsAre(1, 2, 3));
}

TEST(FairQueue, LetsClientsTakeTurns) {
  FairQueue queue;
  for (const FairQueue::Ticket ticket : {1U, 2U, 3U}) queue.push(ticket, 1, 100, 0, Priority::normal);
  for (const FairQueue::Ticket ticket : {11U, 12U}) queue.push(ticket, 2, 100, 0, Priority::normal);
  EXPECT_THAT(drained(queue), ElementsAre(1, 11, 2, 12, 3));
}

TEST(FairQueue, TurnsGoByCostNotByNumber) {
  FairQueue queue;
  for (const FairQueue::Ticket ticket : {1U, 2U}) queue.push(ticket, 1, 300, 0, Priority::normal);
  for (const FairQueue::Ticket ticket : {11U, 12U, 13U}) queue.push(ticket, 2, 100, 0, Priority::normal);
  EXPECT_THAT(drained(queue), ElementsAre(1, 11, 12, 13, 2));
}

TEST(FairQueue, ANewcomerIsNotBehindTheWholeBacklogOfAnother) {
  FairQueue queue;
  for (FairQueue::Ticket ticket = 1; ticket <= 1000; ++ticket) queue.push(ticket, 1, 100, 0, Priority::normal);
  for (int i = 0; i < 500; ++i) queue.take_front();
  const auto key = queue.push(2000, 2, 100, 0, Priority::normal);
  EXPECT_LE(queue.ahead_of(key).requests, 1);
}

TEST(FairQueue, ServesHigherPrioritiesFirstButNobodyWaitsForEver) {
  FairQueue queue;
  queue.push(1, 1, 1'000'000, 0, Priority::background);
  for (FairQueue::Ticket ticket = 100; ticket < 200; ++ticket) queue.push(ticket, 2, 1'000'000, 0, Priority::normal);
  const auto order = drained(queue);
  EXPECT_EQ(std::ranges::find(order, 1U) - order.begin(), 30);
}

TEST(FairQueue, ACallThatGivesUpCostsItsClientNothing) {
  FairQueue queue;
  queue.push(1, 1, 100, 0, Priority::normal);
  const auto key = queue.push(2, 1, 100, 0, Priority::normal);
  queue.remove(key);
  queue.push(11, 2, 100, 0, Priority::normal);
  queue.push(12, 2, 100, 0, Priority::normal);
  queue.push(3, 1, 100, 0, Priority::normal);
  EXPECT_THAT(drained(queue), ElementsAre(1, 11, 12, 3));
}

TEST(FairQueue, KnowsWhatIsAheadOfEveryCall) {
  std::mt19937 random(1);
  FairQueue queue;
  std::vector<FairQueue::Key> keys;
  for (FairQueue::Ticket ticket = 0; ticket < 2000; ++ticket) {
    keys.push_back(queue.push(ticket, random() % 20, 1 + random() % 1000, 1 + random() % 50, Priority::normal));
  }
  for (int i = 0; i < 1000; ++i) {
    const std::size_t one = random() % keys.size();
    queue.remove(keys[one]);
    keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(one));
  }
  while (!queue.empty()) {
    const auto [key, waiting] = queue.front();
    for (const auto& later : keys) ASSERT_GE(later, key);
    std::erase(keys, key);
    ASSERT_EQ(queue.ahead_of(key), (Demand{0, 0}));
    if (!keys.empty()) {
      const auto& last = *std::ranges::max_element(keys);
      ASSERT_EQ(queue.ahead_of(last).requests, static_cast<std::int64_t>(queue.size()) - 1);
      ASSERT_LT(queue.ahead_of(last).tokens, queue.sum().tokens);
    }
    queue.take_front();
  }
}

}  // namespace
}  // namespace convoke::limits
