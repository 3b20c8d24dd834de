#include "chat/turn_sampling.hpp"

#include <gmock/gmock.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/run.hpp"
#include "llm/scripted_provider.hpp"

namespace convoke {
namespace {

using namespace asio::experimental::awaitable_operators;

class TurnSamplingTest : public testing::Test {
 protected:
  TurnSamplingTest() {
    model = add("scripted", "big-model");
    other = add("small", "mini-model");
    models.set_active("scripted");
  }

  ScriptedProvider* add(const std::string& name, const std::string& model_name) {
    auto provider = std::make_unique<ScriptedProvider>();
    ScriptedProvider* made = provider.get();
    models.add(name, std::move(provider), model_name);
    return made;
  }

  SamplingQuestion haiku() {
    SamplingQuestion question{.server = "sage"};
    question.messages = {user_message("a haiku")};
    question.max_tokens = 50;
    return question;
  }

  Result<TurnSampling::Sampled> sample(SamplingQuestion question) {
    return run(loop, sampling.answer(std::move(question)));
  }

  asio::io_context loop{1};
  SystemClock clock;
  Models models;
  ScriptedProvider* model = nullptr;
  ScriptedProvider* other = nullptr;
  TurnJournal journal{"r1", "c"};
  TurnInputs inputs{loop.get_executor(), clock, journal, 60s};
  SamplingLimits limits{.ask = false, .max_tokens = 40, .max_per_turn = 2};
  std::optional<std::string> asked_for;
  TurnSampling sampling{limits, models, asked_for, inputs};
};

TEST_F(TurnSamplingTest, AsksTheTurnsModelWithinTheLimit) {
  model->will_say("Waves.");

  const auto sampled = sample(haiku());

  ASSERT_TRUE(sampled);
  EXPECT_EQ(sampled->reply.text, "Waves.");
  EXPECT_EQ(sampled->reply.stop_reason, "endTurn");
  EXPECT_EQ(model->last_prompt().max_output_tokens, 40);
  EXPECT_TRUE(model->last_prompt().tools.empty());
}

TEST_F(TurnSamplingTest, FollowsAHintThatNamesAModelWeHave) {
  other->will_say("Drops.");
  SamplingQuestion question = haiku();
  question.model_hints = {"unheard-of", "mini"};

  ASSERT_TRUE(sample(std::move(question)));

  EXPECT_EQ(other->last_prompt().model, "mini-model");
}

TEST_F(TurnSamplingTest, StopsWhereTheServerWants) {
  model->will_say("one STOP two");
  SamplingQuestion question = haiku();
  question.stop_sequences = {"STOP"};

  const auto sampled = sample(std::move(question));

  EXPECT_EQ(sampled->reply.text, "one ");
  EXPECT_EQ(sampled->reply.stop_reason, "stopSequence");
}

TEST_F(TurnSamplingTest, HasAnEndInEachTurn) {
  model->will_say("1");
  model->will_say("2");
  EXPECT_TRUE(sample(haiku()));
  EXPECT_TRUE(sample(haiku()));

  EXPECT_EQ(sample(haiku()).error().code, Errc::exhausted);
}

TEST_F(TurnSamplingTest, AsksTheUserFirstAndTakesTheirNo) {
  limits.ask = true;
  Result<TurnSampling::Sampled> sampled = fail(Errc::internal, "");
  auto ask = [&]() -> Task<> { sampled = co_await sampling.answer(haiku()); };
  auto decline = [&]() -> Task<> {
    const auto& asked = std::get<InputRequired>(journal.next(0)->body);
    EXPECT_EQ(asked.request.kind, InputKind::sampling);
    EXPECT_EQ(asked.request.details.at("max_tokens"), json::value(40));
    EXPECT_TRUE(inputs.answer(asked.input_id, {InputDecision::declined}));
    co_return;
  };
  auto both = [&]() -> Task<> { co_await (ask() && decline()); };

  run(loop, both());

  EXPECT_EQ(sampled.error().code, Errc::denied);
  EXPECT_TRUE(model->prompts().empty());
}

}  // namespace
}  // namespace convoke
