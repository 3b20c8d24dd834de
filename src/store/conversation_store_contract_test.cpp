#include "store/conversation_store_contract.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <atomic>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <thread>

namespace convoke {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::filesystem::path make_test_folder() {
  std::string pattern = std::filesystem::temp_directory_path() / "convoke-store-XXXXXX";
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
  return pattern;
}

ConversationStoreContract::ConversationStoreContract()
    : folder_(make_test_folder()), store_(GetParam().open(folder_)) {}

ConversationStoreContract::~ConversationStoreContract() {
  store_.reset();
  std::filesystem::remove_all(folder_);
}

std::vector<Event> ConversationStoreContract::appended(std::vector<Event> events) {
  return run(store_->append(std::move(events))).value();
}

std::vector<Event> ConversationStoreContract::path(std::string conversation, Sequence leaf, int limit) {
  return run(store_->path(std::move(conversation), leaf, limit)).value();
}

std::vector<Event> ConversationStoreContract::after(std::string conversation, Sequence position, int limit) {
  return run(store_->after(std::move(conversation), position, limit)).value();
}

std::vector<RecordedTurn> ConversationStoreContract::turns_of_request(std::string request) {
  return run(store_->turns_of_request(std::move(request))).value();
}

std::vector<RecordedTurn> ConversationStoreContract::open_turns() { return run(store_->open_turns()).value(); }

BranchTree ConversationStoreContract::branches(std::string conversation) {
  return run(store_->branches(std::move(conversation))).value();
}

std::vector<ConversationSummary> ConversationStoreContract::conversations(int offset, int limit, bool archived) {
  return run(store_->conversations(archived, offset, limit)).value();
}

Event an_event(EventType type, Message message) {
  return {.conversation_id = "c1",
          .timestamp = WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}} + 18h + 4min + 48s + 123ms,
          .type = type,
          .request_id = "r1",
          .message = std::move(message)};
}

Event question(std::string text) { return an_event(EventType::user_message, user_message(std::move(text))); }
Event answer(std::string text) { return an_event(EventType::assistant_message, assistant_message(std::move(text))); }

Event in(std::string conversation, Event event) {
  event.conversation_id = std::move(conversation);
  return event;
}

Event under(std::string request, Event event) {
  event.request_id = std::move(request);
  return event;
}

std::vector<std::string> places(const std::vector<Event>& events) {
  std::vector<std::string> places;
  for (const Event& event : events) places.push_back(std::to_string(event.seq) + ":" + std::to_string(event.parent));
  return places;
}

std::vector<Sequence> seqs(const std::vector<Event>& events) {
  std::vector<Sequence> seqs;
  for (const Event& event : events) seqs.push_back(event.seq);
  return seqs;
}

Event after_event(Sequence parent, Event event) {
  event.parent = parent;
  return event;
}

Event on_branch(Sequence branch, Event event) {
  event.branch = branch;
  return event;
}

namespace {

Event completed() { return an_event(EventType::turn_completed); }

/// One of everything a message can hold, in orders and with bytes that are easy to get wrong.
std::vector<Event> one_of_each() {
  Event full = an_event(EventType::assistant_message);
  full.message = {Role::assistant, {Reasoning{"hm", R"({"signature":"x"})"}, Text{"I look."}, Text{"Twice."}}};
  full.model = "model-1";
  full.usage = Usage{.input_tokens = 10, .output_tokens = 5, .total_tokens = 15, .cached_tokens = 3, .estimated = true};
  full.token_count = 42;
  full.details = {{"finish_reason", "stop"}, {"nested", {{"list", {1, 2.5, nullptr, true}}}}};

  const ToolCall weather{"call_1", "weather", R"({"city":"Zürich"})"};
  const ToolCall time{"call_2", "time", "not even JSON"};
  const Image picture{"image/png", "aGFsbG8=", ""};
  const std::string odd_bytes("a\0b\xff\r\n\"'", 8);
  return {
      question("How is the weather? 😀"),
      an_event(EventType::user_message, {Role::user, {Text{"Look:"}, picture, Image{"", "", "https://x.test/a"}}}),
      full,
      an_event(EventType::assistant_message, {Role::assistant, {Text{"One moment."}, weather, time}}),
      an_event(EventType::assistant_message, {Role::assistant, {weather, Text{"after the call"}}}),
      an_event(EventType::tool_call, {Role::assistant, {weather}}),
      an_event(EventType::tool_result, tool_message({"call_1", "weather", "sunny"})),
      an_event(EventType::tool_result, tool_message({"call_2", "", "no such tool", {}, true})),
      an_event(EventType::tool_result, tool_message({"call_3", "camera", "", {picture}})),
      an_event(EventType::assistant_message, assistant_message("")),
      an_event(EventType::assistant_message, {Role::assistant, {}}),
      an_event(EventType::user_message, {Role::system, {Text{odd_bytes}}}),
      an_event(EventType::assistant_message, {Role::assistant, {ToolCall{"", "", odd_bytes}}}),
      an_event(EventType::regeneration),
      an_event(EventType::turn_failed),
      an_event(EventType::turn_cancelled),
      an_event(EventType::turn_interrupted),
      completed(),
  };
}

TEST_P(ConversationStoreContract, NumbersTheEventsOfEachConversation) {
  appended({question("hello")});
  const auto more = appended({answer("hi"), in("c2", question("hello")), question("and?")});

  EXPECT_THAT(places(more), ElementsAre("2:1", "1:0", "3:2"));
  EXPECT_LT(more[0].id, more[1].id);
}

TEST_P(ConversationStoreContract, ReturnsWhatItWasGiven) {
  const auto stored = appended(one_of_each());

  EXPECT_EQ(after("c1", 0, 100), stored);
}

TEST_P(ConversationStoreContract, KeepsNothingOfAnAppendItRefuses) {
  const auto result = run(store_->append({question("fine"), in("c2", question("fine")), after_event(5, answer("?"))}));

  EXPECT_EQ(result.error().code, Errc::invalid_input);
  EXPECT_EQ(result.error().message, "event 2 of 'c1' cannot follow 5, which is not before it");
  EXPECT_THAT(conversations(), IsEmpty());
  EXPECT_THAT(places(appended({question("again")})), ElementsAre("1:0"));
}

TEST_P(ConversationStoreContract, RefusesEventsItCouldNotKeep) {
  Event far_away = question("when?");
  far_away.timestamp = WallTime::max();

  EXPECT_EQ(run(store_->append({in("", question("where?"))})).error().code, Errc::invalid_input);
  EXPECT_EQ(run(store_->append({in(std::string(257, 'c'), question("where?"))})).error().code, Errc::invalid_input);
  EXPECT_EQ(run(store_->append({far_away})).error().code, Errc::invalid_input);
}

TEST_P(ConversationStoreContract, AppendsNothingWithoutComplaint) { EXPECT_THAT(appended({}), IsEmpty()); }

TEST_P(ConversationStoreContract, ReadsTheWayToTheEndOrToAnEvent) {
  appended({question("1"), answer("2"), question("3"), answer("4"), question("5")});

  EXPECT_THAT(seqs(path("c1", 0, 2)), ElementsAre(4, 5));
  EXPECT_THAT(seqs(path("c1", 3, 2)), ElementsAre(2, 3));
  EXPECT_THAT(seqs(path("c1", 1, 10)), ElementsAre(1));
  EXPECT_THAT(path("c1", 99, 1), IsEmpty());
  EXPECT_THAT(path("c1", 0, 0), IsEmpty());
  EXPECT_THAT(path("c1", 0, -1), IsEmpty());
  EXPECT_THAT(path("unknown", 0, 10), IsEmpty());
}

TEST_P(ConversationStoreContract, ReadsForwardsFromAPosition) {
  appended({question("1"), answer("2"), question("3"), answer("4"), question("5")});

  EXPECT_THAT(seqs(after("c1", 0, 2)), ElementsAre(1, 2));
  EXPECT_THAT(seqs(after("c1", 3, 10)), ElementsAre(4, 5));
  EXPECT_THAT(after("c1", 5, 10), IsEmpty());
  EXPECT_THAT(after("c1", std::numeric_limits<Sequence>::max(), 10), IsEmpty());
  EXPECT_THAT(after("c1", 0, -1), IsEmpty());
  EXPECT_THAT(after("unknown", 0, 10), IsEmpty());
}

TEST_P(ConversationStoreContract, FindsTheTurnsOfARequest) {
  const auto first = appended({question("hello"), answer("hi"), completed()});
  appended({under("r2", question("other")), under("r2", completed())});
  const auto elsewhere = appended({in("c2", question("hello"))});

  const auto turns = turns_of_request("r1");

  EXPECT_THAT(turns, ElementsAre(RecordedTurn{"c2", "r1", elsewhere}, RecordedTurn{"c1", "r1", first}));
  EXPECT_THAT(turns_of_request("unknown"), IsEmpty());
}

TEST_P(ConversationStoreContract, LeavesOtherRequestsOutOfATurn) {
  const auto events = appended({question("hello"), under("r2", question("me too")), answer("hi"), completed()});

  EXPECT_THAT(turns_of_request("r1"), ElementsAre(RecordedTurn{"c1", "r1", {events[0], events[2], events[3]}}));
}

TEST_P(ConversationStoreContract, TellsARequestAskedAgainFromItsFirstTurn) {
  const auto first = appended({question("hello"), an_event(EventType::turn_failed)});
  const auto second = appended({question("hello"), answer("hi"), completed()});

  EXPECT_THAT(turns_of_request("r1"), ElementsAre(RecordedTurn{"c1", "r1", second}, RecordedTurn{"c1", "r1", first}));
}

TEST_P(ConversationStoreContract, ReturnsTheNewestEightTurnsOfARequest) {
  for (int i = 1; i <= 10; ++i) appended({in("c" + std::to_string(i), question("hello"))});

  const auto turns = turns_of_request("r1");

  ASSERT_THAT(turns, SizeIs(8));
  EXPECT_EQ(turns.front().conversation_id, "c10");
  EXPECT_EQ(turns.back().conversation_id, "c3");
}

TEST_P(ConversationStoreContract, KnowsTheTurnsThatWereCutOff) {
  appended({under("done", question("1")), under("done", completed())});
  const auto cut = appended({under("cut", question("2")), under("cut", question("and")), under("cut", answer("hm"))});
  const auto younger = appended({in("c2", question("3"))});
  appended({an_event(EventType::turn_cancelled)});

  EXPECT_THAT(open_turns(), ElementsAre(RecordedTurn{"c1", "cut", cut}, RecordedTurn{"c2", "r1", younger}));

  appended({under("cut", an_event(EventType::turn_interrupted))});
  EXPECT_THAT(open_turns(), ElementsAre(RecordedTurn{"c2", "r1", younger}));
}

TEST_P(ConversationStoreContract, KeepsTheWordsOfAReplyThatIsNotComplete) {
  appended({under("cut", question("Tell me."))});

  EXPECT_TRUE(run(store_->keep_draft({"c1", "cut", "Once upon "})));
  EXPECT_TRUE(run(store_->keep_draft({"c1", "cut", "a time"})));

  ASSERT_THAT(open_turns(), SizeIs(1));
  EXPECT_EQ(open_turns().front().draft, "Once upon a time");
  EXPECT_THAT(path("c1"), SizeIs(1));
}

TEST_P(ConversationStoreContract, DropsADraftOnceTheLogHasItsWords) {
  appended({under("r", question("Tell me."))});
  EXPECT_TRUE(run(store_->keep_draft({"c1", "r", "Let me look."})));
  appended({under("r", answer("Let me look."))});

  EXPECT_EQ(open_turns().front().draft, "");

  EXPECT_TRUE(run(store_->keep_draft({"c1", "r", "It is"})));
  EXPECT_EQ(open_turns().front().draft, "It is");
  appended({under("r", an_event(EventType::turn_cancelled)), under("r", question("Again."))});
  EXPECT_EQ(open_turns().front().draft, "");
}

TEST_P(ConversationStoreContract, KeepsNoDraftForATurnThatIsNotOpen) {
  appended({under("r", question("1")), under("r", completed())});

  EXPECT_TRUE(run(store_->keep_draft({"c1", "r", "too late"})));
  EXPECT_TRUE(run(store_->keep_draft({"c9", "r", "of nothing"})));

  appended({under("r", question("1 again"))});
  EXPECT_EQ(open_turns().front().draft, "");
}

TEST_P(ConversationStoreContract, ErasesDraftsWithTheirConversation) {
  appended({under("r", question("secret"))});
  EXPECT_TRUE(run(store_->keep_draft({"c1", "r", "the secret is"})));

  EXPECT_TRUE(run(store_->erase("c1")));

  appended({under("r", question("secret"))});
  EXPECT_EQ(open_turns().front().draft, "");
}

TEST_P(ConversationStoreContract, ListsConversationsTheNewestFirst) {
  const Event opening = question(" What\n is  it? ");
  Event closing = completed();
  closing.timestamp += 5s;
  appended({opening, in("c2", opening), in("c3", an_event(EventType::assistant_message, assistant_message("Hi.")))});
  appended({closing});

  const ConversationSummary c1{"c1", "What is it?", opening.timestamp, closing.timestamp, 2};
  const ConversationSummary c2{"c2", "What is it?", opening.timestamp, opening.timestamp, 1};
  const ConversationSummary c3{"c3", "", opening.timestamp, opening.timestamp, 1};
  EXPECT_THAT(conversations(), ElementsAre(c1, c3, c2));
  EXPECT_THAT(conversations(1, 1), ElementsAre(c3));
  EXPECT_THAT(conversations(3, 10), IsEmpty());
  EXPECT_THAT(conversations(-1, -1), IsEmpty());
}

TEST_P(ConversationStoreContract, RenamesAConversation) {
  appended({question("hello")});

  EXPECT_TRUE(run(store_->rename("c1", " My\ntrip ")));
  appended({question("and now?")});

  EXPECT_EQ(conversations().at(0).title, "My trip");
  EXPECT_EQ(run(store_->rename("c1", " ")).error().code, Errc::invalid_input);
  EXPECT_EQ(run(store_->rename("unknown", "x")).error(), (Error{Errc::not_found, "no conversation 'unknown'"}));
}

TEST_P(ConversationStoreContract, PutsConversationsAwayAndTakesThemOutAgain) {
  appended({question("hello"), in("c2", question("hello"))});

  EXPECT_TRUE(run(store_->set_archived("c1", true)));

  ASSERT_THAT(conversations(), SizeIs(1));
  EXPECT_EQ(conversations().at(0).id, "c2");
  ASSERT_THAT(conversations(0, 10, true), SizeIs(1));
  EXPECT_EQ(conversations(0, 10, true).at(0).id, "c1");
  EXPECT_TRUE(conversations(0, 10, true).at(0).archived);
  EXPECT_TRUE(run(store_->set_archived("c1", false)));
  EXPECT_THAT(conversations(), SizeIs(2));
  EXPECT_EQ(run(store_->set_archived("unknown", true)).error(), (Error{Errc::not_found, "no conversation 'unknown'"}));
}

TEST_P(ConversationStoreContract, ErasesAConversationAndOnlyThat) {
  appended({question("secret"), in("c2", question("public"))});

  EXPECT_TRUE(run(store_->erase("c1")));

  EXPECT_THAT(path("c1"), IsEmpty());
  EXPECT_THAT(after("c1", 0, 10), IsEmpty());
  EXPECT_THAT(conversations(), SizeIs(1));
  EXPECT_THAT(open_turns(), SizeIs(1));
  EXPECT_THAT(turns_of_request("r1"), SizeIs(1));
  EXPECT_EQ(run(store_->erase("c1")).error(), (Error{Errc::not_found, "no conversation 'c1'"}));
}

TEST_P(ConversationStoreContract, BeginsAgainAtOneAfterErasing) {
  appended({question("hello"), answer("hi")});

  EXPECT_TRUE(run(store_->erase("c1")));

  EXPECT_THAT(places(appended({question("hello again")})), ElementsAre("1:0"));
  EXPECT_EQ(conversations().at(0).title, "hello again");
}

TEST_P(ConversationStoreContract, ErasesEverything) {
  appended({question("hello"), in("c2", question("hello"))});

  EXPECT_TRUE(run(store_->erase_all()));

  EXPECT_THAT(conversations(), IsEmpty());
  EXPECT_THAT(open_turns(), IsEmpty());
  EXPECT_THAT(turns_of_request("r1"), IsEmpty());
  EXPECT_THAT(path("c1"), IsEmpty());
  EXPECT_THAT(places(appended({question("hello again")})), ElementsAre("1:0"));
}

TEST_P(ConversationStoreContract, ServesConcurrentWritersOnSeveralLoops) {
  const auto write = [&](std::string conversation) -> Task<bool> {
    bool in_order = true;
    for (int i = 1; i <= 50; ++i) {
      const auto mine = co_await store_->append({in(conversation, question("mine"))});
      const auto shared = co_await store_->append({in("shared", question("ours"))});
      in_order = in_order && mine.value()[0].seq == i && shared.has_value();
    }
    co_return in_order;
  };
  using namespace asio::experimental::awaitable_operators;
  std::vector<std::jthread> loops;
  std::atomic<int> in_order = 0;
  for (const std::string name : {"a", "b", "c"}) {
    loops.emplace_back([&, name] {
      const auto [first, second] = run(write(name + "1") && write(name + "2"));
      in_order += first + second;
    });
  }
  loops.clear();

  EXPECT_EQ(in_order, 6);
  EXPECT_EQ(path("shared", 0, 1).at(0).seq, 300);
  EXPECT_THAT(after("shared", 0, 1000), SizeIs(300));
}

TEST_P(ConversationStoreContract, CountsWhatItDoes) {
  appended({question("hello"), answer("hi")});
  appended({question("and?")});

  const StoreStatus status = store_->status();

  EXPECT_EQ(status.kind, GetParam().name);
  EXPECT_TRUE(status.healthy);
  EXPECT_EQ(status.events, 3);
  EXPECT_EQ(status.commits, 2);
  EXPECT_EQ(status.waiting, 0);
}

}  // namespace
}  // namespace convoke
