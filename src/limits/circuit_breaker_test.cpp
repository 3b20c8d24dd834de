#include "limits/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace convoke::limits {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

constexpr Instant start{1h};

CircuitBreaker broken_at(Instant now, const BreakerSettings& settings = {}) {
  CircuitBreaker breaker;
  breaker.configure(settings);
  for (int i = 0; i < settings.failures; ++i) breaker.record(Health::failing, false, now, 0);
  return breaker;
}

TEST(CircuitBreaker, OpensWhenTheCallsFail) {
  CircuitBreaker breaker;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(breaker.record(Health::failing, false, start, 0));
  EXPECT_TRUE(breaker.may_pass(start));

  EXPECT_TRUE(breaker.record(Health::failing, false, start, 0));

  EXPECT_EQ(breaker.state(start), State::open);
  EXPECT_FALSE(breaker.may_pass(start + 4s));
  EXPECT_EQ(breaker.when(start), start + 5s);
}

TEST(CircuitBreaker, StaysClosedWhileMostCallsWork) {
  CircuitBreaker breaker;
  for (int i = 0; i < 100; ++i) {
    breaker.record(Health::good, false, start, 0);
    breaker.record(Health::good, false, start, 0);
    breaker.record(Health::failing, false, start, 0);
  }
  EXPECT_EQ(breaker.state(start), State::closed);
}

TEST(CircuitBreaker, ForgetsFailuresAfterAMinute) {
  CircuitBreaker breaker;
  for (int i = 0; i < 20; ++i) breaker.record(Health::failing, false, start + i * 61s, 0);
  EXPECT_EQ(breaker.state(start + 20 * 61s), State::closed);
}

TEST(CircuitBreaker, LetsOneProbePassAfterItsRest) {
  CircuitBreaker breaker = broken_at(start);

  ASSERT_TRUE(breaker.may_pass(start + 5s));
  EXPECT_TRUE(breaker.pass(start + 5s));

  EXPECT_EQ(breaker.state(start + 5s), State::half_open);
  EXPECT_FALSE(breaker.may_pass(start + 6s));
}

TEST(CircuitBreaker, ClosesWhenTheProbeIsAnswered) {
  CircuitBreaker breaker = broken_at(start);
  breaker.pass(start + 5s);

  EXPECT_TRUE(breaker.record(Health::good, true, start + 6s, 0));

  EXPECT_EQ(breaker.state(start + 6s), State::closed);
  EXPECT_TRUE(breaker.may_pass(start + 6s));
}

TEST(CircuitBreaker, RestsTwiceAsLongAfterEachFailedProbeUpToItsCeiling) {
  CircuitBreaker breaker = broken_at(start, {.max_rest = 15'000ms});
  Instant now = start;
  for (const auto rest : {5s, 10s, 15s, 15s}) {
    EXPECT_EQ(breaker.when(now), now + rest);
    now += rest;
    breaker.pass(now);
    breaker.record(Health::failing, true, now, 0);
  }
}

TEST(CircuitBreaker, ShortensARestByChance) {
  CircuitBreaker breaker;
  for (int i = 0; i < 5; ++i) breaker.record(Health::failing, false, start, 0.5);
  EXPECT_EQ(breaker.when(start), start + 4375ms);
}

TEST(CircuitBreaker, AnotherCallProbesWhenTheProbeWasGivenUp) {
  CircuitBreaker breaker = broken_at(start);
  breaker.pass(start + 5s);

  breaker.record(Health::unknown, true, start + 6s, 0);

  EXPECT_TRUE(breaker.may_pass(start + 6s));
}

TEST(CircuitBreaker, IgnoresCallsFromBeforeItOpened) {
  CircuitBreaker breaker = broken_at(start);
  EXPECT_FALSE(breaker.record(Health::good, false, start + 1s, 0));
  EXPECT_FALSE(breaker.record(Health::failing, false, start + 1s, 0));
  EXPECT_EQ(breaker.when(start), start + 5s);
}

TEST(CircuitBreaker, StaysClosedWhenSwitchedOff) {
  CircuitBreaker breaker;
  breaker.configure({.failures = 0});
  for (int i = 0; i < 100; ++i) breaker.record(Health::failing, false, start, 0);
  EXPECT_EQ(breaker.state(start), State::closed);
}

}  // namespace
}  // namespace convoke::limits
