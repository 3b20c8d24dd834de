#include "base/task_scope.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "base/run.hpp"

namespace convoke {
namespace {

TEST(TaskScope, EndsEveryChildBeforeRunReturns) {
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  bool unwound = false;
  auto child = [&]() -> Task<> {
    struct OnExit {
      bool& flag;
      ~OnExit() { flag = true; }
    } on_exit{unwound};
    co_await sleep_for(1h);
  };
  auto body = [&]() -> Task<> {
    scope.spawn("sleeper", child());
    co_await yield_to_loop();
  };

  run(loop, scope.run(body()));

  EXPECT_TRUE(unwound);
  EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScope, KeepsGoingWhenOneChildThrows) {
  asio::io_context loop(1);
  std::string logged;
  capture_log([&](std::string_view line) { logged += line; });
  TaskScope scope(loop.get_executor(), Log{});
  auto broken = []() -> Task<> {
    co_await yield_to_loop();
    throw std::logic_error("a broken invariant");
  };
  bool finished = false;
  auto body = [&]() -> Task<> {
    scope.spawn("broken", broken());
    co_await scope.drained();
    finished = true;
  };

  run(loop, scope.run(body()));
  capture_log({});

  EXPECT_TRUE(finished);
  EXPECT_NE(logged.find("a broken invariant"), std::string::npos);
}

TEST(TaskScope, LeavesItsCallerOpenToCancellation) {
  asio::io_context loop(1);
  TaskScope outer(loop.get_executor(), Log{});
  bool was_cut_short = true;
  auto caller = [&]() -> Task<> {
    TaskScope inner(loop.get_executor(), Log{});
    co_await inner.run(yield_to_loop());
    co_await sleep_for(1h);
    was_cut_short = false;
  };
  auto body = [&]() -> Task<> {
    outer.spawn("caller", caller());
    for (int i = 0; i < 10; ++i) co_await yield_to_loop();
  };

  run(loop, outer.run(body()));

  EXPECT_TRUE(was_cut_short);
}

TEST(TaskScope, RemembersACancellationThatComesWhileItWaitsForItsTasks) {
  asio::io_context loop(1);
  TaskScope outer(loop.get_executor(), Log{});
  int cleaned_up = 0;
  bool was_cut_short = true;
  auto slow_to_stop = [&]() -> Task<> {
    try {
      co_await sleep_for(1h);
    } catch (...) {
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    for (int i = 0; i < 20; ++i) co_await yield_to_loop();
    ++cleaned_up;
  };
  auto caller = [&]() -> Task<> {
    TaskScope inner(loop.get_executor(), Log{});
    inner.spawn("slow to stop", slow_to_stop());
    co_await inner.run(yield_to_loop());
    co_await sleep_for(1h);
    was_cut_short = false;
  };
  auto body = [&]() -> Task<> {
    outer.spawn("caller", caller());
    for (int i = 0; i < 10; ++i) co_await yield_to_loop();
  };

  run(loop, outer.run(body()));

  EXPECT_EQ(cleaned_up, 1);
  EXPECT_TRUE(was_cut_short);
}

TEST(WithDeadline, TellsWhatTookTooLong) {
  auto never = []() -> Task<Result<int>> {
    co_await sleep_for(1h);
    co_return 1;
  };

  const auto result = run(with_deadline<int>(SteadyClock::now() + 1ms, "waiting for the moon", never()));

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::timed_out);
  EXPECT_EQ(result.error().message, "waiting for the moon took too long");
}

TEST(WithDeadline, ReturnsAFailureAtOnceInsteadOfWaitingTheDeadlineOut) {
  auto failing = []() -> Task<Result<int>> { co_return fail(Errc::unavailable, "no"); };

  const auto result = run(with_deadline<int>(SteadyClock::now() + 1h, "asking", failing()));

  EXPECT_EQ(result.error().code, Errc::unavailable);
}

TEST(WithDeadline, UnwindsAsACancellationWhenItsCallerIsCancelled) {
  asio::io_context loop(1);
  std::string logged;
  capture_log([&](std::string_view line) { logged += line; });
  TaskScope scope(loop.get_executor(), Log{});
  auto never = []() -> Task<Result<int>> {
    co_await sleep_for(1h);
    co_return 1;
  };
  auto waiter = [&]() -> Task<> {
    auto work = with_deadline<int>(SteadyClock::now() + 1h, "waiting", never());
    co_await std::move(work);
  };
  auto body = [&]() -> Task<> {
    scope.spawn("waiter", waiter());
    co_await yield_to_loop();
  };

  run(loop, scope.run(body()));
  capture_log({});

  EXPECT_EQ(logged, "");
}

TEST(Json, RefusesADocumentWithATail) {
  EXPECT_EQ(parse_json("{} x").error().message, "not JSON at byte 3: something follows the document");
}

}  // namespace
}  // namespace convoke
