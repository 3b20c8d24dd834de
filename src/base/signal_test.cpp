#include "base/signal.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "base/run.hpp"
#include "base/task_scope.hpp"

namespace convoke {
namespace {

TEST(Signal, WakesAWaiterAndUnwindsACancelledOne) {
  asio::io_context loop(1);
  Signal signal(loop.get_executor());
  TaskScope scope(loop.get_executor(), Log{});
  int woken = 0;
  auto waiter = [&]() -> Task<> {
    for (;;) {
      co_await signal.wait();
      ++woken;
    }
  };
  auto body = [&]() -> Task<> {
    scope.spawn("waiter", waiter());
    co_await yield_to_loop();
    signal.notify();
    co_await yield_to_loop();
    co_await yield_to_loop();
  };

  run(loop, scope.run(body()));

  EXPECT_EQ(woken, 1);
}

TEST(Signal, WakesWhoeverWaitsUntilADeadline) {
  asio::io_context loop(1);
  Signal signal(loop.get_executor());
  TaskScope scope(loop.get_executor(), Log{});
  std::optional<bool> told;
  auto waiter = [&]() -> Task<> { told = co_await signal.wait_until(SteadyClock::now() + 1h); };
  auto body = [&]() -> Task<> {
    scope.spawn("waiter", waiter());
    co_await yield_to_loop();
    signal.notify();
    while (!told) co_await yield_to_loop();
  };

  run(loop, scope.run(body()));

  EXPECT_EQ(told, true);
}

TEST(Signal, TellsWhoeverWaitsInVainThatTheDeadlineHasPassed) {
  asio::io_context loop(1);
  Signal signal(loop.get_executor());

  const bool told = run(loop, signal.wait_until(SteadyClock::now() + 1ms));

  EXPECT_FALSE(told);
}

TEST(Signal, UnwindsACancelledWaiterBeforeItsDeadline) {
  asio::io_context loop(1);
  Signal signal(loop.get_executor());
  TaskScope scope(loop.get_executor(), Log{});
  bool went_on = false;
  auto waiter = [&]() -> Task<> {
    (void)co_await signal.wait_until(SteadyClock::now() + 1h);
    went_on = true;
  };
  auto body = [&]() -> Task<> {
    scope.spawn("waiter", waiter());
    co_await yield_to_loop();
  };

  run(loop, scope.run(body()));

  EXPECT_FALSE(went_on);
}

TEST(Signal, MayBeGoneBeforeItsWaiter) {
  auto loop = std::make_unique<asio::io_context>(1);
  auto signal = std::make_unique<Signal>(loop->get_executor());
  auto waiter = [](Signal& waited_for) -> Task<> { (void)co_await waited_for.wait_until(SteadyClock::now() + 1h); };
  asio::co_spawn(*loop, waiter(*signal), [](std::exception_ptr) {});
  loop->poll();

  signal.reset();

  loop.reset();  // ends the waiter
}

}  // namespace
}  // namespace convoke
