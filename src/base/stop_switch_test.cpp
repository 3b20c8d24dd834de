#include "base/stop_switch.hpp"

#include <gtest/gtest.h>

#include "base/run.hpp"
#include "base/task_scope.hpp"

namespace convoke {
namespace {

Task<int> forever() {
  co_await sleep_until(Deadline::max());
  co_return 1;
}

Task<int> at_once() { co_return 7; }

TEST(StopSwitch, HandsOnTheValueOfWorkThatEnds) {
  StopSwitch stop;

  const auto value = run(stop.run(at_once()));

  EXPECT_EQ(value, 7);
}

TEST(StopSwitch, StopsWorkWhileItsCallerGoesOn) {
  StopSwitch stop;
  std::optional<int> value = 1;
  bool went_on = false;
  const auto work = [&]() -> Task<> {
    value = co_await stop.run(forever());
    went_on = true;
  };

  run([&]() -> Task<> {
    TaskScope tasks(co_await asio::this_coro::executor, Log{});
    auto body = [&]() -> Task<> {
      tasks.spawn("work", work());
      co_await yield_to_loop();
      stop.stop();
      co_await tasks.drained();
    };
    co_await tasks.run(body());
  }());

  EXPECT_TRUE(went_on);
  EXPECT_EQ(value, std::nullopt);
}

TEST(StopSwitch, UnwindsWithACallerThatIsCancelled) {
  StopSwitch stop;
  bool went_on = false;
  const auto work = [&]() -> Task<> {
    co_await stop.run(forever());
    went_on = true;
  };

  run([&]() -> Task<> {
    TaskScope tasks(co_await asio::this_coro::executor, Log{});
    auto body = [&]() -> Task<> {
      tasks.spawn("work", work());
      co_await yield_to_loop();
    };
    co_await tasks.run(body());
  }());

  EXPECT_FALSE(went_on);
}

}  // namespace
}  // namespace convoke
