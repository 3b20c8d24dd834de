#include "chat/branching.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "chat/conversations.hpp"
#include "chat/turn.hpp"
#include "hub/fake_toolbox.hpp"
#include "llm/scripted_provider.hpp"
#include "store/memory_ledger.hpp"
#include "store/memory_store.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A conversation "c" with a scripted model. A turn takes three events: 1 to 3, 4 to 6 …
class Branching : public testing::Test {
 protected:
  Branching() {
    auto provider = std::make_unique<ScriptedProvider>();
    model = provider.get();
    auto made = std::make_shared<Models>();
    made->add("scripted", std::move(provider), "model-1");
    made->set_active("scripted");
    models = std::move(made);
  }

  /// Asks, lets the model answer `answer`, and returns the last frame.
  FrameBody ask(std::string text, std::string answer, BranchPoint where = {}, std::string conversation = "c") {
    model->will_say(std::move(answer));
    const std::string request = "r" + std::to_string(++asked);
    TurnJournal journal(request, conversation);
    Turn turn(loop.get_executor(),
              {tools, store, clock, metrics, approvals, {counts, loop.get_executor()}, offers, Log{}},
              std::make_shared<ChatSettings>(settings), models,
              {.request_id = request,
               .conversation_id = conversation,
               .names_conversation = true,
               .text = std::move(text),
               .where = where},
              journal);
    run(loop, turn.run());
    return journal.next(journal.last_seq() - 1)->body;
  }

  /// What the model was shown last, but for the system prompt.
  std::vector<std::string> shown() {
    std::vector<std::string> texts;
    for (const Message& message : model->last_prompt().messages) {
      if (message.role != Role::system) texts.push_back(message.text());
    }
    return texts;
  }

  std::vector<Sequence> seen(std::string conversation = "c") {
    std::vector<Sequence> seqs;
    for (const Event& e : run(loop, store.path(conversation, 0, 100)).value()) seqs.push_back(e.seq);
    return seqs;
  }

  std::string refusal(const FrameBody& frame) { return std::get<Failed>(frame).error.message; }

  asio::io_context loop{1};
  SystemClock clock;
  Metrics all_metrics;
  TurnMetrics metrics{all_metrics};
  std::shared_ptr<const Models> models;
  ScriptedProvider* model = nullptr;
  FakeToolbox tools;
  TokenCounts counts{1 << 20};
  MemoryStore store;
  ChatSettings settings;
  ApprovalMemory approvals;
  ToolOffers offers;
  LiveTurns live;
  MemoryLedger ledger;
  Conversations conversations{store, ledger, live, clock, [] { return RetentionRule{}; }};
  int asked = 0;
};

using enum BranchPoint::Kind;

TEST_F(Branching, EditsAQuestionBesideTheOldOne) {
  ask("one", "1");
  ask("two", "2");

  const auto last = ask("deux", "2, oui", {instead_of, 4});

  EXPECT_THAT(shown(), ElementsAre("one", "1", "deux"));
  EXPECT_THAT(seen(), ElementsAre(1, 2, 3, 7, 8, 9));
  EXPECT_EQ(find_integer(std::get<Complete>(last).metadata, "question_seq"), 7);
  EXPECT_THAT(run(loop, conversations.get("c", 0, 10))->siblings.at(7), ElementsAre(4, 7));
}

TEST_F(Branching, EditsTheFirstQuestion) {
  ask("one", "1");

  ask("un", "1, oui", {instead_of, 1});

  EXPECT_THAT(shown(), ElementsAre("un"));
  EXPECT_THAT(seen(), ElementsAre(4, 5, 6));
}

TEST_F(Branching, AnswersAQuestionOnceMoreWithoutRepeatingIt) {
  ask("one", "1");
  ask("two", "2");

  const auto last = ask("", "2 again", {again, 5});
  ask("three", "3");

  EXPECT_THAT(shown(), ElementsAre("one", "1", "two", "2 again", "three"));
  EXPECT_THAT(seen(), ElementsAre(1, 2, 3, 4, 7, 8, 9, 10, 11, 12));
  EXPECT_EQ(find_integer(std::get<Complete>(last).metadata, "question_seq"), 4);
  EXPECT_THAT(run(loop, conversations.get("c", 0, 10))->siblings.at(7), ElementsAre(5, 7));
}

TEST_F(Branching, AnswersOnceMoreWhatWasAnsweredOnceMore) {
  ask("one", "1");
  ask("", "1 again", {again, 1});

  ask("", "1 yet again", {again, 5});

  EXPECT_THAT(shown(), ElementsAre("one"));
  EXPECT_THAT(run(loop, store.branches("c"))->alternatives_after(1), ElementsAre(2, 4, 7));
}

TEST_F(Branching, GoesOnAfterAnyTurn) {
  ask("one", "1");
  ask("two", "2");

  ask("other", "3", {after, 2});
  ask("from nothing", "4", {after, 0});

  EXPECT_THAT(shown(), ElementsAre("from nothing"));
  EXPECT_TRUE(run(loop, conversations.switch_to("c", 7)));
  ask("and?", "5");
  EXPECT_THAT(shown(), ElementsAre("one", "1", "other", "3", "and?"));
}

TEST_F(Branching, RefusesQuestionsForWhatWasDeletedBeforeTheModelIsAsked) {
  ask("one", "1");
  ASSERT_TRUE(run(loop, conversations.fork("c", 0, "d")));
  ASSERT_TRUE(run(loop, conversations.erase("c")));
  const std::size_t asked_before = model->prompts().size();

  for (const BranchPoint where : {BranchPoint{}, BranchPoint{after, 0}, BranchPoint{instead_of, 1}}) {
    const FrameBody last = ask("again", "never said", where);
    EXPECT_EQ(std::get<Failed>(last).error, (Error{Errc::conflict, "conversation 'c' was deleted; begin another"}));
    EXPECT_EQ(std::get<Failed>(last).field, "payload.conversation_id");
  }

  EXPECT_EQ(model->prompts().size(), asked_before);
  EXPECT_TRUE(run(loop, conversations.was_deleted("c")));
  EXPECT_FALSE(run(loop, conversations.was_deleted("d")));
  EXPECT_FALSE(run(loop, conversations.was_deleted("never heard of")));
  EXPECT_EQ(run(loop, conversations.get("c", 0, 10)).error().code, Errc::not_found);
  EXPECT_EQ(run(loop, conversations.fork("c", 0, {})).error().code, Errc::not_found);
}

TEST_F(Branching, NamesTheMemberThatLeadsNowhere) {
  ask("one", "1");
  const auto field = [](const FrameBody& frame) { return std::get<Failed>(frame).field; };

  EXPECT_EQ(field(ask("x", "", {instead_of, 99})), "payload.edit");
  EXPECT_EQ(field(ask("x", "", {instead_of, 2})), "payload.edit");
  EXPECT_EQ(field(ask("x", "", {after, 99})), "payload.parent");
  EXPECT_EQ(field(ask("", "", {again, 99})), "payload.regenerate");
}

TEST_F(Branching, RefusesWhatIsNotThere) {
  ask("one", "1");

  EXPECT_EQ(refusal(ask("x", "", {instead_of, 99})), "conversation 'c' has no event 99");
  EXPECT_EQ(refusal(ask("x", "", {instead_of, 2})), "event 2 is no question; only questions are edited");
  EXPECT_EQ(refusal(ask("", "", {again, 99})), "conversation 'c' has no event 99");
  EXPECT_THAT(seen(), ElementsAre(1, 2, 3)) << "nothing of it is recorded";
}

TEST_F(Branching, ForksAConversationAtTheEndOfATurn) {
  ask("one", "1");
  ask("two", "2");

  const auto id = run(loop, conversations.fork("c", 2, "d"));
  ask("elsewhere", "3", {}, "d");

  EXPECT_EQ(id, "d");
  EXPECT_THAT(shown(), ElementsAre("one", "1", "elsewhere"));
  EXPECT_THAT(seen("d"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(seen("c"), ElementsAre(1, 2, 3, 4, 5, 6));
  ask("", "1 differently", {again, 1}, "d");
  EXPECT_THAT(shown(), ElementsAre("one"));
  EXPECT_EQ(run(loop, conversations.fork("unknown", 0, {})).error().code, Errc::not_found);
}

TEST_F(Branching, PagesBackAlongTheBranch) {
  ask("one", "1");
  ask("two", "2");
  ask("deux", "2", {instead_of, 4});

  const auto newest = run(loop, conversations.get("c", 0, 4)).value();
  const auto older = run(loop, conversations.get("c", newest.events.front().seq, 4)).value();

  EXPECT_TRUE(newest.has_more);
  EXPECT_THAT(newest.events, testing::SizeIs(4));
  EXPECT_THAT(older.events, testing::SizeIs(2));
  EXPECT_FALSE(older.has_more);
}

TEST_F(Branching, ShowsNoMoreOnAPageThanSomeMegabytes) {
  Event event;
  event.conversation_id = event.request_id = "c";
  event.message = {Role::user, {Image{"image/png", std::string(5 << 20, 'A'), ""}}};
  run(loop, store.append({event, event, event})).value();

  const auto newest = run(loop, conversations.get("c", 0, 100)).value();
  const auto older = run(loop, conversations.get("c", newest.events.front().seq, 100)).value();

  EXPECT_TRUE(newest.has_more);
  EXPECT_EQ(newest.events.front().seq, 3);
  EXPECT_EQ(older.events.back().seq, 2);
  EXPECT_TRUE(older.has_more);
}

}  // namespace
}  // namespace convoke
