#include "chat/turns.hpp"

#include <gmock/gmock.h>

#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "base/run.hpp"
#include "hub/fake_toolbox.hpp"
#include "llm/scripted_provider.hpp"
#include "store/memory_store.hpp"

namespace convoke {
namespace {

using testing::HasSubstr;

constexpr auto uuid = "0b2f6a5e-8f5c-4a6e-9d53-6a1f3f9f2f10";

/// One loop's turns with a scripted model.
struct OneLoop {
  OneLoop(ConversationStore& store, LiveTurns& live)
      : turns(loop.get_executor(),
              {tools, store, clock, metrics, approvals, {counts, loop.get_executor()}, offers, Log{}}, live) {
    auto provider = std::make_unique<ScriptedProvider>();
    model = provider.get();
    auto models = std::make_shared<Models>();
    models->add("scripted", std::move(provider), "model-1");
    models->set_active("scripted");
    turns.use(std::make_shared<ChatSettings>(), std::move(models));
  }

  asio::io_context loop{1};
  SystemClock clock;
  Metrics all_metrics;
  TurnMetrics metrics{all_metrics};
  ScriptedProvider* model = nullptr;
  FakeToolbox tools;
  ApprovalMemory approvals;
  TokenCounts counts{1 << 20};
  ToolOffers offers;
  Turns turns;
};

Question question(std::string text, std::string request = "r1") {
  return {
      .request_id = std::move(request), .conversation_id = "c", .names_conversation = true, .text = std::move(text)};
}

/// Reads a journal to its end.
Task<std::vector<std::string>> read_all(Executor executor, Turns::Place place) {
  Signal changed(executor);
  JournalReader reader(*place.journal, place.after, [&](News) { changed.notify(); });
  std::vector<std::string> frames;
  while (!reader.done()) {
    auto frame = reader.take();
    if (frame) frames.push_back(*std::move(frame));
    if (!frame) co_await changed.wait();
  }
  co_return frames;
}

/// Runs `body` while the turns of `one` run.
void with(OneLoop& one, Task<> body) {
  TaskScope scope(one.loop.get_executor(), Log{});
  auto whole = [&]() -> Task<> {
    scope.spawn("turns", one.turns.run());
    co_await std::move(body);
  };
  run(one.loop, scope.run(whole()));
}

class TurnsTest : public testing::Test {
 protected:
  MemoryStore store;
  LiveTurns live;
  OneLoop one{store, live};
};

TEST_F(TurnsTest, FindARunningTurnWhenItsQuestionComesAgain) {
  one.model->will_say_and_hang("wait");
  auto body = [&]() -> Task<> {
    const auto first = co_await one.turns.ask(question("?"));
    const auto second = co_await one.turns.ask(question("?"));
    EXPECT_EQ(first->journal, second->journal);
    EXPECT_EQ(one.turns.running(), 1U);
  };
  with(one, body());
}

TEST_F(TurnsTest, RefuseAnotherQuestionUnderTheIdOfARunningOne) {
  one.model->will_say_and_hang("wait");
  auto body = [&]() -> Task<> {
    co_await one.turns.ask(question("?"));
    const auto other = co_await one.turns.ask(question("!"));
    EXPECT_EQ(other.error().code, Errc::conflict);
  };
  with(one, body());
}

TEST_F(TurnsTest, BeginAnewForAClientWithNumbersOfAnotherTelling) {
  one.model->will_say("one two");
  auto body = [&]() -> Task<> {
    const auto place = co_await one.turns.ask(question("?"));
    const auto all = co_await read_all(one.loop.get_executor(), *place);
    for (const Sequence after : {std::ssize(all), std::ssize(all) + 90}) {
      const auto again = co_await one.turns.resume("r1", "c", after);
      const auto frames = co_await read_all(one.loop.get_executor(), *again);
      EXPECT_EQ(frames, all);
    }
  };
  with(one, body());
}

TEST_F(TurnsTest, BeginARunningTurnAnewForAClientThatClaimsToBeAheadOfIt) {
  one.model->will_say_and_hang("half");
  auto body = [&]() -> Task<> {
    co_await one.turns.ask(question("?"));
    const auto again = co_await one.turns.resume("r1", "c", 100'000);
    co_await one.turns.cancel("r1", "c");
    const auto frames = co_await read_all(one.loop.get_executor(), *again);
    EXPECT_THAT(frames.front(), HasSubstr(R"("seq":1,)"));
    EXPECT_THAT(frames.back(), HasSubstr(R"("finish_reason":"cancelled")"));
  };
  with(one, body());
}

TEST_F(TurnsTest, ResumeAnEndedTurnAfterTheFrameTheClientHas) {
  one.model->will_say("one two");
  auto body = [&]() -> Task<> {
    const auto place = co_await one.turns.ask(question("?"));
    const auto all = co_await read_all(one.loop.get_executor(), *place);
    const auto again = co_await one.turns.resume("r1", "c", 1);
    const auto rest = co_await read_all(one.loop.get_executor(), *again);
    EXPECT_EQ(rest.size(), all.size() - 1);
    EXPECT_EQ(rest.back(), all.back());
  };
  with(one, body());
}

TEST_F(TurnsTest, ResumeFromTheRecordWhatIsNotInMemoryAnyMore) {
  LiveTurns live_before;
  OneLoop before(store, live_before);
  before.model->will_say("kept");
  auto first_life = [&]() -> Task<> {
    const auto place = co_await before.turns.ask(question("?", uuid));
    co_await read_all(before.loop.get_executor(), *place);
  };
  with(before, first_life());

  auto second_life = [&]() -> Task<> {
    const auto place = co_await one.turns.resume(uuid, std::nullopt, 0);
    EXPECT_TRUE(place.has_value());
    const auto frames = co_await read_all(one.loop.get_executor(), *place);
    EXPECT_THAT(frames[1], HasSubstr("kept"));
    EXPECT_TRUE(one.model->prompts().empty());
    // Another client has a number from the first life.
    const auto elsewhere = co_await one.turns.resume(uuid, std::nullopt, 2);
    const auto same = co_await read_all(one.loop.get_executor(), *elsewhere);
    EXPECT_EQ(same, frames);
  };
  with(one, second_life());
}

TEST_F(TurnsTest, NameTheModelThatAnsweredWhenTheyResumeFromTheRecord) {
  LiveTurns live_before;
  OneLoop before(store, live_before);
  before.model->will_say("kept");
  auto first_life = [&]() -> Task<> {
    Question asked = question("?", uuid);
    asked.model = "model-2";
    const auto place = co_await before.turns.ask(std::move(asked));
    co_await read_all(before.loop.get_executor(), *place);
  };
  with(before, first_life());

  auto second_life = [&]() -> Task<> {
    const auto place = co_await one.turns.resume(uuid, std::nullopt, 0);
    const auto frames = co_await read_all(one.loop.get_executor(), *place);
    EXPECT_THAT(frames.front(), HasSubstr(R"("model":"model-2")"));
    EXPECT_THAT(frames.back(), HasSubstr(R"("model":"model-2")"));
  };
  with(one, second_life());
}

TEST_F(TurnsTest, SayThatNothingIsKnownOfARequest) {
  auto body = [&]() -> Task<> {
    const auto place = co_await one.turns.resume("never", std::nullopt, 0);
    EXPECT_EQ(place.error().code, Errc::not_found);
    const auto cancelled = co_await one.turns.cancel("never", "c");
    EXPECT_EQ(cancelled.error().code, Errc::not_found);
  };
  with(one, body());
}

TEST_F(TurnsTest, InterruptWhatStillRunsAtTheDeadlineOfADrain) {
  one.model->will_say_and_hang("half");
  auto body = [&]() -> Task<> {
    const auto place = co_await one.turns.ask(question("?"));
    co_await one.turns.drain(SteadyClock::now() + 1ms);
    const auto frames = co_await read_all(one.loop.get_executor(), *place);
    EXPECT_THAT(frames.back(), HasSubstr("the server stopped"));
    const auto late = co_await one.turns.ask(question("late", "r2"));
    EXPECT_EQ(late.error().code, Errc::unavailable);
  };
  with(one, body());
}

TEST_F(TurnsTest, ReachATurnOnAnotherLoop) {
  OneLoop other(store, live);
  other.model->will_say_and_hang("from afar");
  std::thread thread([&] {
    const auto keep_running = asio::make_work_guard(other.loop);
    other.loop.run();
  });
  auto start = [&]() -> Task<bool> {
    const auto place = co_await other.turns.ask(question("?", uuid));
    co_return place.has_value();
  };
  auto body = [&]() -> Task<> {
    TaskScope far(one.loop.get_executor(), Log{});
    auto serve_far = [&]() -> Task<> {
      co_await run_on<void>(other.loop.get_executor(), [&] { return other.turns.run(); });
    };
    auto use_far = [&]() -> Task<> {
      co_await run_on<bool>(other.loop.get_executor(), start);
      const auto place = co_await one.turns.resume(uuid, std::nullopt, 0);
      co_await one.turns.cancel(uuid, std::nullopt);
      const auto frames = co_await read_all(one.loop.get_executor(), *place);
      EXPECT_THAT(frames.back(), HasSubstr(R"("finish_reason":"cancelled")"));
    };
    far.spawn("the other loop", serve_far());
    co_await far.run(use_far());
  };
  with(one, body());
  other.loop.stop();
  thread.join();
}

}  // namespace
}  // namespace convoke
