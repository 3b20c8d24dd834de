#include "chat/turn_inputs.hpp"

#include <gmock/gmock.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/run.hpp"
#include "base/task_scope.hpp"

namespace convoke {
namespace {

using namespace asio::experimental::awaitable_operators;

class TurnInputsTest : public testing::Test {
 protected:
  std::string last_id() {
    std::string id;
    for (Sequence seq = 0; const ServerFrame* frame = journal.next(seq); ++seq) {
      if (const auto* asked = std::get_if<InputRequired>(&frame->body)) id = asked->input_id;
    }
    return id;
  }

  InputRequest form() {
    InputRequest request{InputKind::elicitation, "travel", "Where to?"};
    request.details["requested_schema"] =
        json::parse(R"({"type":"object","required":["city"],"properties":{"city":{"type":"string"}}})");
    return request;
  }

  asio::io_context loop{1};
  ManualClock clock;
  TurnJournal journal{"r1", "c"};
  TurnInputs inputs{loop.get_executor(), clock, journal, 60s};
};

TEST_F(TurnInputsTest, KeepAFormOpenUntilItIsFilledInAsItDemands) {
  InputAnswer answer;
  auto ask = [&]() -> Task<> { answer = co_await inputs.ask(form()); };
  auto reply = [&]() -> Task<> {
    const auto empty = inputs.answer(last_id(), {InputDecision::accepted});
    EXPECT_EQ(empty.error().message, "city: it must be filled in");
    EXPECT_TRUE(inputs.answer(last_id(), {InputDecision::accepted, json::object{{"city", "Oslo"}}}));
    EXPECT_EQ(inputs.answer(last_id(), {InputDecision::declined}).error().code, Errc::not_found);
    co_return;
  };
  auto both = [&]() -> Task<> { co_await (ask() && reply()); };

  run(loop, both());

  EXPECT_EQ(answer, (InputAnswer{InputDecision::accepted, json::object{{"city", "Oslo"}}}));
}

TEST_F(TurnInputsTest, CountTheTimeInWhichSomethingIsOpenOnce) {
  auto reply = [&]() -> Task<> {
    const std::string second = last_id();
    clock.advance(10s);
    EXPECT_EQ(inputs.waited(), 10s);
    EXPECT_TRUE(inputs.answer(second, {InputDecision::declined}));
    co_await yield_to_loop();
    clock.advance(5s);
    EXPECT_EQ(inputs.waited(), 15s);
  };
  auto all = [&]() -> Task<> { co_await (inputs.ask(form()) || (inputs.ask(form()) && reply())); };

  run(loop, all());

  clock.advance(100s);
  EXPECT_EQ(inputs.waited(), 15s);
}

TEST_F(TurnInputsTest, AskNoMoreThanAPersonCanSee) {
  auto many = [&]() -> Task<> {
    TaskScope scope(loop.get_executor(), Log{});
    auto ask_one = [&]() -> Task<> { co_await inputs.ask(form()); };
    for (int i = 0; i < 32; ++i) scope.spawn("a question", ask_one());
    auto one_more = [&]() -> Task<> {
      co_await yield_to_loop();
      const InputAnswer answer = co_await inputs.ask(form());
      EXPECT_EQ(answer.decision, InputDecision::cancelled);
    };
    co_await scope.run(one_more());
  };

  run(loop, many());
}

}  // namespace
}  // namespace convoke
