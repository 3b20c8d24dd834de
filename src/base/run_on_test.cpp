#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "base/run.hpp"

namespace convoke {
namespace {

using namespace asio::experimental::awaitable_operators;

/// A loop on a thread of its own, for as long as the test lasts.
class RunOn : public testing::Test {
 protected:
  ~RunOn() override {
    far.stop();
    thread.join();
  }
  Executor there() { return far.get_executor(); }

  asio::io_context home{1};  // outlives the thread that answers to it
  asio::io_context far{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{far.get_executor()};
  std::thread thread{[this] { far.run(); }};
};

TEST_F(RunOn, WorksThereAndReturnsHere) {
  const auto here = std::this_thread::get_id();
  const auto scenario = [&]() -> Task<> {
    const auto worked = co_await run_on<std::thread::id>(
        there(), []() -> Task<std::thread::id> { co_return std::this_thread::get_id(); });

    EXPECT_EQ(worked, thread.get_id());
    EXPECT_EQ(std::this_thread::get_id(), here);
  };

  run(home, scenario());
}

TEST_F(RunOn, ThrowsHereWhatWasThrownThere) {
  const auto broken = []() -> Task<> {
    co_await yield_to_loop();
    throw std::logic_error("a broken invariant");
  };

  EXPECT_THROW(run(home, run_on<void>(there(), broken)), std::logic_error);
}

TEST_F(RunOn, CancelsTheWorkThereWhenCancelledHere) {
  std::atomic<int> unwound = 0;
  const auto endless = [&]() -> Task<int> {
    struct Count {
      std::atomic<int>& unwound;
      ~Count() { ++unwound; }
    } const count{unwound};
    co_await sleep_until(Deadline::max());
    co_return 1;
  };
  const auto scenario = [&]() -> Task<> { co_await (run_on<int>(there(), endless) || yield_to_loop()); };

  for (int i = 0; i < 200; ++i) run(home, scenario());

  EXPECT_EQ(unwound, 200) << "a cancelled caller waits until the work has unwound";
}

TEST_F(RunOn, SurvivesACancellationThatMeetsTheEndOfTheWork) {
  const auto brief = []() -> Task<int> {
    co_await yield_to_loop();
    co_return 1;
  };
  const auto scenario = [&]() -> Task<> {
    co_await (run_on<int>(there(), brief) || yield_to_loop());
    co_await yield_to_loop();
  };

  for (int i = 0; i < 2'000; ++i) run(home, scenario());
}

}  // namespace
}  // namespace convoke
