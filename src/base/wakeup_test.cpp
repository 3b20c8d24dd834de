#include "base/wakeup.hpp"

#include <gtest/gtest.h>

#include "base/run.hpp"
#include "base/task_scope.hpp"

namespace convoke {
namespace {

Task<> count_wakings(Wakeup& wakeup, int& count) {
  for (;;) {
    co_await wakeup.wait();
    ++count;
  }
}

TEST(Wakeup, WakesTheOneWhoWaits) {
  Wakeup wakeup;
  int count = 0;

  run([&]() -> Task<> {
    TaskScope tasks(co_await asio::this_coro::executor, Log{});
    auto body = [&]() -> Task<> {
      tasks.spawn("waiter", count_wakings(wakeup, count));
      co_await yield_to_loop();
      wakeup.notify();
      co_await yield_to_loop();
      wakeup.notify();
      co_await yield_to_loop();
    };
    co_await tasks.run(body());
  }());

  EXPECT_EQ(count, 2);
}

TEST(Wakeup, IsLostWhenNobodyWaits) {
  Wakeup wakeup;
  int count = 0;

  run([&]() -> Task<> {
    TaskScope tasks(co_await asio::this_coro::executor, Log{});
    auto body = [&]() -> Task<> {
      wakeup.notify();
      tasks.spawn("waiter", count_wakings(wakeup, count));
      co_await yield_to_loop();
    };
    co_await tasks.run(body());
  }());

  EXPECT_EQ(count, 0);
}

TEST(Wakeup, UnwindsAWaiterThatIsCancelled) {
  Wakeup wakeup;
  bool unwound = false;
  const auto wait = [&]() -> Task<> {
    try {
      co_await wakeup.wait();
    } catch (...) {
      unwound = is_cancellation(std::current_exception());
      throw;
    }
  };

  run([&]() -> Task<> {
    TaskScope tasks(co_await asio::this_coro::executor, Log{});
    auto body = [&]() -> Task<> {
      tasks.spawn("waiter", wait());
      co_await yield_to_loop();
    };
    co_await tasks.run(body());
  }());

  EXPECT_TRUE(unwound);
}

}  // namespace
}  // namespace convoke
