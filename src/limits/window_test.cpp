#include "limits/window.hpp"

#include <gtest/gtest.h>

namespace convoke::limits {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};
Window minute() { return {1min, 240}; }

TEST(Window, ForgetsWhatIsOlderThanItsSpan) {
  Window window = minute();
  window.add(start, 10);

  EXPECT_EQ(window.used(start + 60s), 10);
  EXPECT_EQ(window.used(start + 61s), 0);
}

TEST(Window, KeepsEverythingForItsWholeSpanWhereverTheSlotsLie) {
  for (auto offset = 0ms; offset < 500ms; offset += 10ms) {
    Window window = minute();
    window.add(start + offset, 1);
    EXPECT_EQ(window.used(start + offset + 60s), 1) << offset.count();
    EXPECT_EQ(window.used(start + offset + 60s + 501ms), 0) << offset.count();
  }
}

TEST(Window, TellsWhenThereIsRoom) {
  Window window = minute();
  window.add(start, 60);
  window.add(start + 30s, 40);

  EXPECT_EQ(window.when_free(start + 31s, 100, 60), start + 60s + 500ms);
  EXPECT_EQ(window.when_free(start + 31s, 100, 61), start + 90s + 500ms);
  EXPECT_EQ(window.when_free(start + 31s, 110, 10), start + 31s);
}

TEST(Window, TellsWhenALongQueueHasPassed) {
  Window window = minute();
  window.add(start, 100);

  EXPECT_EQ(window.when_free(start + 1s, 100, 100), start + 60s + 500ms);
  EXPECT_EQ(window.when_free(start + 1s, 100, 101), start + 2 * (60s + 500ms));
}

TEST(Window, WhatItForeseesIsWhatHappens) {
  Window window = minute();
  for (int i = 0; i < 50; ++i) window.add(start + i * 700ms, 2);
  Instant now = start + 35s;
  const Instant foreseen = window.when_free(now, 100, 333);
  for (int admitted = 0; admitted < 333; ++admitted) {
    while (window.used(now) >= 100) now += 50ms;
    window.add(now, 1);
  }
  EXPECT_EQ(now, foreseen);
}

TEST(Window, IsCorrectedWhereTheAmountWasAdded) {
  Window window = minute();
  window.add(start, 100);
  window.add(start + 10s, 5);
  window.correct(start + 20s, start, -60);

  EXPECT_EQ(window.used(start + 20s), 45);
  EXPECT_EQ(window.used(start + 61s), 5);
  window.correct(start + 61s, start, 1000);
  EXPECT_EQ(window.used(start + 61s), 5);
}

TEST(Window, LivesDownToALoweredLimitBeforeAnythingFits) {
  Window window = minute();
  window.add(start, 100);
  window.add(start + 30s, 40);

  EXPECT_EQ(window.when_free(start + 31s, 50, 20), start + 90s + 500ms);
}

}  // namespace
}  // namespace convoke::limits
