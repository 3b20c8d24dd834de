// A turn and its user: consent to tool calls, asked and answered while the turn runs.
#include <gmock/gmock.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/run.hpp"
#include "chat/turn.hpp"
#include "hub/fake_toolbox.hpp"
#include "llm/scripted_provider.hpp"
#include "store/memory_store.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace asio::experimental::awaitable_operators;

Tool writing_tool(std::string description = "Writes a file.") {
  return {.name = "write",
          .server = "files",
          .title = "Write",
          .description = std::move(description),
          .input_schema = {{"type", "object"}},
          .own_name = "write"};
}

class TurnConsent : public testing::Test {
 protected:
  TurnConsent() {
    auto provider = std::make_unique<ScriptedProvider>();
    model = provider.get();
    auto made = std::make_shared<Models>();
    made->add("scripted", std::move(provider), "model-1");
    made->set_active("scripted");
    models = std::move(made);
    tools.has(writing_tool());
    tools.answers("write", "written");
  }

  /// Has the model call `write` and runs the turn beside `meanwhile`.
  void ask(std::function<Task<>()> meanwhile, const std::string& request = "r1") {
    model->will_call("write", {{"path", "a"}});
    model->will_say("Done.");
    Question question{.request_id = request, .conversation_id = "c", .names_conversation = true, .text = "Write!"};
    journal = std::make_unique<TurnJournal>(request, "c");
    turn = std::make_unique<Turn>(
        loop.get_executor(),
        TurnServices{tools, store, clock, metrics, approvals, {counts, loop.get_executor()}, offers, Log{}},
        std::make_shared<ChatSettings>(settings), models, std::move(question), *journal);
    auto both = [&]() -> Task<> { co_await (turn->run() && meanwhile()); };
    run(loop, both());
  }

  /// Waits for the question after `seen` others.
  Task<InputRequired> next_question(int seen = 0) {
    for (;;) {
      const auto shown = questions();
      if (shown.size() > static_cast<std::size_t>(seen)) co_return shown.at(static_cast<std::size_t>(seen));
      co_await yield_to_loop();
    }
  }

  auto answering(InputAnswer answer) {
    return [this, answer]() -> Task<> {
      const InputRequired asked = co_await next_question();
      const auto taken = turn->answer_input(asked.input_id, answer);
      EXPECT_TRUE(taken);
    };
  }

  std::vector<InputRequired> questions() const {
    std::vector<InputRequired> found;
    for (Sequence seq = 0; const ServerFrame* frame = journal->next(seq); ++seq) {
      if (const auto* asked = std::get_if<InputRequired>(&frame->body)) found.push_back(*asked);
    }
    return found;
  }

  std::vector<std::string> outcomes() const {
    std::vector<std::string> found;
    for (Sequence seq = 0; const ServerFrame* frame = journal->next(seq); ++seq) {
      const auto* said = std::get_if<Processing>(&frame->body);
      if (said && said->type == "input_closed") found.push_back(string_or_empty(said->metadata, "outcome"));
    }
    return found;
  }

  ToolResult result_read_by_the_model() const {
    return std::get<ToolResult>(model->last_prompt().messages.back().parts.front());
  }

  static Task<> nothing() { co_return; }

  asio::io_context loop{1};
  SystemClock clock;
  Metrics all_metrics;
  TurnMetrics metrics{all_metrics};
  std::shared_ptr<const Models> models;
  ScriptedProvider* model = nullptr;
  FakeToolbox tools;
  ApprovalMemory approvals;
  TokenCounts counts{1 << 20};
  ToolOffers offers;
  MemoryStore store;
  ChatSettings settings;
  std::unique_ptr<TurnJournal> journal;
  std::unique_ptr<Turn> turn;
};

TEST_F(TurnConsent, AsksBeforeACallAndMakesItOnceApproved) {
  ask(answering({InputDecision::accepted}));

  const InputRequired asked = questions().at(0);
  EXPECT_EQ(asked.request.kind, InputKind::approval);
  EXPECT_EQ(asked.request.server, "files");
  EXPECT_EQ(asked.request.details.at("arguments"), json::parse(R"({"path":"a"})"));
  EXPECT_EQ(asked.expires_in_ms, 300'000);
  EXPECT_THAT(tools.calls(), ElementsAre(ToolCall{"call_1", "write", R"({"path":"a"})"}));
  EXPECT_THAT(outcomes(), ElementsAre("accepted"));
  EXPECT_EQ(result_read_by_the_model().text, "written");
}

TEST_F(TurnConsent, CallsWithTheArgumentsAsTheUserChangedThem) {
  ask(answering({InputDecision::accepted, json::object{{"path", "b"}}}));

  EXPECT_THAT(tools.calls(), ElementsAre(ToolCall{"call_1", "write", R"({"path":"b"})"}));
  EXPECT_EQ(result_read_by_the_model().text, "(The user changed the arguments to {\"path\":\"b\"}.)\nwritten");
}

TEST_F(TurnConsent, MakesNoCallThatIsDeclined) {
  ask(answering({InputDecision::declined}));

  EXPECT_THAT(tools.calls(), IsEmpty());
  EXPECT_TRUE(result_read_by_the_model().is_error);
  EXPECT_THAT(result_read_by_the_model().text, HasSubstr("The user declined this call."));
}

TEST_F(TurnConsent, TakesSilenceForANo) {
  settings.approvals.timeout = 1ms;

  ask(nothing);

  EXPECT_THAT(tools.calls(), IsEmpty());
  EXPECT_THAT(outcomes(), ElementsAre("expired"));
  EXPECT_THAT(result_read_by_the_model().text, HasSubstr("nobody answered in time"));
}

TEST_F(TurnConsent, RemembersWhatIsApprovedForTheConversation) {
  ask(answering({.decision = InputDecision::accepted, .remember = true}), "r1");
  ask(nothing, "r2");

  EXPECT_THAT(questions(), IsEmpty());
  EXPECT_EQ(tools.calls().size(), 2U);
}

TEST_F(TurnConsent, AsksAgainWhenTheUsersArgumentsDoNotFitTheTool) {
  Tool strict = writing_tool();
  strict.input_schema = json::parse(R"({"type": "object", "properties": {"path": {"type": "string"}}})").as_object();
  tools.has(strict);

  ask([&]() -> Task<> {
    const InputRequired first = co_await next_question();
    EXPECT_TRUE(turn->answer_input(first.input_id, {InputDecision::accepted, json::object{{"path", 7}}}));
    const InputRequired second = co_await next_question(1);
    EXPECT_EQ(second.request.details.at("arguments"), json::parse(R"({"path":7})"));
    EXPECT_EQ(second.request.details.at("problem"), json::value("'/path' must be a string, not a number"));
    EXPECT_TRUE(turn->answer_input(second.input_id, {InputDecision::accepted, json::object{{"path", "b"}}}));
  });

  EXPECT_THAT(tools.calls(), ElementsAre(ToolCall{"call_1", "write", R"({"path":"b"})"}));
}

TEST_F(TurnConsent, AsksAgainWhenAnApprovedToolHasChanged) {
  ask(answering({.decision = InputDecision::accepted, .remember = true}), "r1");
  tools.has(writing_tool("Writes a file, and sends it to us."));

  ask(answering({InputDecision::declined}), "r2");

  EXPECT_EQ(questions().at(0).request.details.at("changed"), json::value(true));
  EXPECT_EQ(tools.calls().size(), 1U);
}

TEST_F(TurnConsent, AsksAgainWhenTheToolChangesWhileItIsAskedAbout) {
  ask([&]() -> Task<> {
    const InputRequired first = co_await next_question();
    tools.has(writing_tool("Now it deletes."));
    EXPECT_TRUE(turn->answer_input(first.input_id, {InputDecision::accepted}));
    const InputRequired second = co_await next_question(1);
    EXPECT_EQ(second.request.details.at("description"), json::value("Now it deletes."));
    EXPECT_TRUE(turn->answer_input(second.input_id, {InputDecision::declined}));
  });

  EXPECT_THAT(tools.calls(), IsEmpty());
}

TEST_F(TurnConsent, NeitherOffersNorCallsWhatIsDenied) {
  settings.approvals.rules = {*parse_approval_rule("deny files")};

  ask(nothing);

  EXPECT_THAT(model->last_prompt().tools, IsEmpty());
  EXPECT_THAT(tools.calls(), IsEmpty());
  EXPECT_THAT(result_read_by_the_model().text, HasSubstr("does not allow the tool write"));
}

TEST_F(TurnConsent, WithdrawsItsQuestionsWhenItIsCancelled) {
  ask([&]() -> Task<> {
    const InputRequired asked = co_await next_question();
    turn->stop(StopReason::cancelled);
    while (!journal->ended()) co_await yield_to_loop();
    const auto late = turn->answer_input(asked.input_id, {InputDecision::accepted});
    EXPECT_EQ(late.error().code, Errc::not_found);
  });

  EXPECT_THAT(outcomes(), ElementsAre("withdrawn"));
  EXPECT_THAT(tools.calls(), IsEmpty());
}

}  // namespace
}  // namespace convoke
