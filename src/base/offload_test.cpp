#include <gtest/gtest.h>

#include <boost/asio/thread_pool.hpp>
#include <latch>
#include <thread>

#include "base/run.hpp"
#include "base/task_scope.hpp"

namespace convoke {
namespace {

TEST(Offload, WorksOnThePoolAndResumesOnTheLoop) {
  asio::io_context loop(1);  // outlives the pool, which answers to it
  asio::thread_pool pool(1);
  const auto where = [&]() -> Task<std::pair<std::thread::id, std::thread::id>> {
    const auto worked_on = co_await offload<std::thread::id>(pool.get_executor(), std::this_thread::get_id);
    co_return std::pair{worked_on, std::this_thread::get_id()};
  };

  const auto [worked_on, resumed_on] = run(loop, where());

  EXPECT_NE(worked_on, std::this_thread::get_id());
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(Offload, HandsOnWhatTheWorkThrows) {
  asio::io_context loop(1);
  asio::thread_pool pool(1);
  const auto broken = []() -> int { throw std::logic_error("a broken invariant"); };

  EXPECT_THROW(run(loop, offload<int>(pool.get_executor(), broken)), std::logic_error);
}

TEST(Offload, UnwindsACancelledTaskOnItsOwnLoopOnceTheWorkIsDone) {
  asio::io_context loop(1);
  asio::thread_pool pool(1);
  TaskScope scope(loop.get_executor(), Log{});
  std::latch cancelled(1);
  std::thread::id unwound_on;
  bool work_done = false;
  auto worker = [&]() -> Task<> {
    struct OnExit {
      std::thread::id& thread;
      ~OnExit() { thread = std::this_thread::get_id(); }
    } on_exit{unwound_on};
    work_done = co_await offload<bool>(pool.get_executor(), [&] { return cancelled.wait(), true; });
    co_await sleep_for(1h);
  };
  auto body = [&]() -> Task<> {
    scope.spawn("worker", worker());
    co_await yield_to_loop();
    scope.cancel();
    cancelled.count_down();
  };

  run(loop, scope.run(body()));

  EXPECT_TRUE(work_done);
  EXPECT_EQ(unwound_on, std::this_thread::get_id());
}

}  // namespace
}  // namespace convoke
