#include "store/postgres/postgres_store.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <numeric>
#include <thread>

#include "store/conversation_store_contract.hpp"
#include "store/ledger_contract.hpp"
#include "store/postgres/address.hpp"
#include "store/postgres/admin.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/schema.hpp"
#include "store/postgres/test_database.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// A database that lives as long as the one store on it.
struct OwnDatabase {
  TestDatabase database;
  std::unique_ptr<PostgresStore> store = database.open();
  std::unique_ptr<Ledger> ledger = store->ledger();
};

std::shared_ptr<ConversationStore> open_postgres_store(const std::filesystem::path&) {
  auto own = std::make_shared<OwnDatabase>();
  return {own, own->store.get()};
}

std::shared_ptr<Ledger> open_postgres_ledger(const std::filesystem::path&) {
  auto own = std::make_shared<OwnDatabase>();
  return {own, own->ledger.get()};
}

INSTANTIATE_TEST_SUITE_P(Postgres, ConversationStoreContract,
                         testing::Values(StoreKind{"postgresql", open_postgres_store}));
INSTANTIATE_TEST_SUITE_P(Postgres, LedgerContract, testing::Values(LedgerKind{"postgresql", open_postgres_ledger}));

class PostgresStoreTest : public testing::Test {
 protected:
  std::unique_ptr<PostgresStore> open() { return database_.open(); }
  Error refusal() { return PostgresStore::open({.url = database_.url(), .timeout = 100s}, Log{}).error(); }

  TestDatabase database_;
};

std::vector<Event> appended(ConversationStore& store, std::vector<Event> events) {
  return run(store.append(std::move(events))).value();
}

TEST_F(PostgresStoreTest, FindsEverythingAgainAfterARestart) {
  const auto events = appended(*open(), {question("hello"), answer("hi")});
  EXPECT_EQ(run(open()->path("c1", 0, 10)), events);
}

TEST_F(PostgresStoreTest, RefusesTheDatabaseOfANewerConvoke) {
  open();
  database_.execute("UPDATE convoke_schema SET form = 99");

  EXPECT_EQ(refusal().code, Errc::conflict);
  EXPECT_THAT(refusal().message, HasSubstr("written by a newer convoke (form 99"));
}

TEST_F(PostgresStoreTest, RefusesTheDatabaseOfAnotherProgramAndLeavesItAsItIs) {
  database_.execute("CREATE TABLE conversations (id bigint)");

  EXPECT_EQ(refusal().code, Errc::conflict);
  EXPECT_THAT(refusal().message, HasSubstr("another program"));
  EXPECT_EQ(database_.number("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"), 1);
}

TEST_F(PostgresStoreTest, AnswersTheQueryPeopleUseOnTheFile) {
  appended(*open(), {question("hello"), answer("hi"), in("c2", question("hello"))});
  EXPECT_EQ(database_.number("SELECT count(*) FROM chat_events WHERE conversation_id = 'c1'"), 2);
}

TEST_F(PostgresStoreTest, NumbersEventsOnceWhenSeveralServersAppendToOneConversation) {
  const auto write = [&](const std::shared_ptr<PostgresStore>& store) {
    std::vector<Sequence> mine;
    for (int i = 0; i < 40; ++i) mine.push_back(appended(*store, {question("ours")}).front().seq);
    return mine;
  };
  std::vector<Sequence> all[3];
  {
    std::vector<std::jthread> servers;
    for (auto& mine : all) servers.emplace_back([&] { mine = write(std::shared_ptr(open())); });
  }

  std::vector<Sequence> together;
  for (const auto& mine : all) together.insert(together.end(), mine.begin(), mine.end());
  std::ranges::sort(together);
  std::vector<Sequence> one_after_the_other(120);
  std::iota(one_after_the_other.begin(), one_after_the_other.end(), 1);
  EXPECT_EQ(together, one_after_the_other);
  EXPECT_THAT(run(open()->path("c1", 0, 1000)).value(), SizeIs(120));
}

TEST_F(PostgresStoreTest, SeesAtOnceWhatAnotherServerWrote) {
  const auto here = open();
  const auto there = open();
  appended(*here, {question("hello")});
  EXPECT_THAT(run(there->path("c1", 0, 10)).value(), SizeIs(1));

  appended(*there, {answer("hi")});

  EXPECT_THAT(seqs(run(here->path("c1", 0, 10)).value()), ElementsAre(1, 2));
  EXPECT_THAT(run(here->turns_of_request("r1")).value(), SizeIs(1));
}

TEST_F(PostgresStoreTest, LeavesTurnsAloneThatAnotherServerIsAnswering) {
  const auto there = open();
  appended(*there, {question("hello")});
  EXPECT_THAT(run(open()->open_turns()).value(), IsEmpty());
  EXPECT_THAT(run(there->open_turns()).value(), SizeIs(1));
}

TEST_F(PostgresStoreTest, TakesOverTheTurnsOfAServerThatIsGone) {
  appended(*open(), {question("hello")});
  EXPECT_THAT(run(open()->open_turns()).value(), SizeIs(1));
}

TEST_F(PostgresStoreTest, LeavesCallsAloneThatAnotherServerIsMaking) {
  const auto there = open();
  ASSERT_TRUE(run(there->ledger()->reserve(a_call())));
  EXPECT_THAT(run(open()->ledger()->latest(10)).value(), IsEmpty());
}

TEST_F(PostgresStoreTest, TakesWhatAServerThatIsGoneLeftReservedForLost) {
  ModelCall reserved = a_call();
  reserved.cost = Money{999};
  ASSERT_TRUE(run(open()->ledger()->reserve(reserved)));

  const auto calls = run(open()->ledger()->latest(10)).value();

  ASSERT_THAT(calls, SizeIs(1));
  EXPECT_EQ(calls[0].status, CallStatus::lost);
  EXPECT_EQ(calls[0].cost, Money{999});
  EXPECT_EQ(calls[0].cost_source, CostSource::reserved);
  EXPECT_THAT(run(open()->ledger()->latest(10)).value(), SizeIs(1)) << "lost once";
}

TEST_F(PostgresStoreTest, ErasesWhatAServerThatIsGoneDidNotEndToErase) {
  appended(*open(), {question("secret")});
  database_.execute("UPDATE conversations SET erased = true");

  const auto store = open();
  while (database_.number("SELECT count(*) FROM chat_events") > 0) std::this_thread::yield();

  EXPECT_EQ(appended(*store, {question("again")}).front().seq, 1);
}

TEST_F(PostgresStoreTest, LeavesNoWordOfAnErasedConversationInATable) {
  const auto store = open();
  appended(*store, {question("xylophone")});
  ASSERT_TRUE(run(store->keep_draft({"c1", "r1", "xylophone"})));

  ASSERT_TRUE(run(store->erase("c1")));

  for (const std::string table : {"chat_events", "conversations", "branches", "turns", "drafts"}) {
    EXPECT_EQ(database_.number("SELECT count(*) FROM " + table), 0) << table;
  }
}

TEST_F(PostgresStoreTest, GoesOnWithANewConnectionWhereTheOldOneWasCut) {
  const auto store = open();
  appended(*store, {question("before")});
  ASSERT_TRUE(run(store->path("c1", 0, 10)));
  database_.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
      "application_name = current_setting('application_name')");

  appended(*store, {answer("after")});

  EXPECT_THAT(run(store->path("c1", 0, 10)).value(), SizeIs(2));
  EXPECT_TRUE(store->status().healthy);
}

TEST_F(PostgresStoreTest, SaysWhatIsWrongWithoutThePassword) {
  const auto refused = [](const std::string& url) {
    return PostgresStore::open({.url = Secret(url), .timeout = 2s}, Log{}).error();
  };

  EXPECT_EQ(refused("postgresql://u:hunter2@127.0.0.1:1/db").code, Errc::unavailable);
  EXPECT_EQ(refused("postgres-url u:hunter2").code, Errc::invalid_input);
  EXPECT_EQ(refused("postgresql://u:hunter2@host:port/db").code, Errc::unavailable);
  for (const std::string url : {"postgresql://u:hunter2@127.0.0.1:1/db", "postgres-url u:hunter2", "hunter2",
                                "postgresql://u:hunter2@host:port/db", "postgresql://u:hunter2@h?hunter2"}) {
    EXPECT_THAT(refused(url).message, Not(HasSubstr("hunter2"))) << url;
  }
}

TEST_F(PostgresStoreTest, TellsWhereItKeepsThingsWithoutThePassword) {
  EXPECT_EQ(location_of(Secret("postgresql://u:hunter2@db.example.org:5433/chats?sslmode=require")),
            "db.example.org:5433/chats");
  EXPECT_EQ(location_of(Secret("postgresql://db.example.org/chats")), "db.example.org:5432/chats");
}

TEST_F(PostgresStoreTest, FindsNothingWrongWithWhatItWrote) {
  const auto store = open();
  appended(*store, {question("1"), answer("2"), question("3"), after_event(1, answer("4"))});
  ASSERT_TRUE(run(store->fork("c1", 4, "c2", WallTime{})));
  appended(*store, {in("c2", question("own"))});

  EXPECT_THAT(check_database(database_.url()).value(), IsEmpty());
}

TEST_F(PostgresStoreTest, FindsWhatDoesNotGoTogether) {
  appended(*open(), {question("1"), answer("2")});
  database_.execute("DELETE FROM chat_events WHERE seq = 1; UPDATE conversations SET last_seq = 1");

  EXPECT_THAT(check_database(database_.url()).value(),
              ElementsAre("1 conversations do not know their newest event",
                          "1 conversations do not know how many events they have", "1 turns have no question"));
}

TEST_F(PostgresStoreTest, TellsOfADatabaseNoServerHasUsed) {
  EXPECT_EQ(check_database(database_.url()).error().code, Errc::not_found);
}

/// What is written while the server is killed again and again.
TEST(PostgresStoreRestart, LosesNothingAndDoesNothingTwiceWhenPostgresIsKilled) {
  TestServer server;
  const auto store = PostgresStore::open({.url = server.url(), .timeout = 100s, .patience = 300s}, Log{}).value();
  std::vector<Sequence> promised;
  std::atomic<bool> is_over = false;
  std::jthread writer([&] {
    while (!is_over) {
      const auto stored = run(store->append({question("again")}));
      if (stored) promised.push_back(stored->front().seq);
    }
  });

  for (int round = 0; round < 2; ++round) {
    const std::int64_t before = store->status().events;
    while (store->status().events < before + 20) std::this_thread::yield();
    server.kill();
    server.start_again();
  }
  const std::int64_t before = store->status().events;
  while (store->status().events < before + 20) std::this_thread::yield();
  is_over = true;
  writer.join();

  std::vector<Sequence> kept = seqs(run(store->after("c1", 0, 1'000'000)).value());
  EXPECT_EQ(kept, promised);
}

TEST(PostgresStoreRestart, SaysSoWhilePostgresIsAwayAndRecoversByItself) {
  TestServer server;
  const auto store = PostgresStore::open({.url = server.url(), .timeout = 100s, .patience = 10ms}, Log{}).value();
  appended(*store, {question("before")});
  server.kill();

  EXPECT_EQ(run(store->append({question("meanwhile")})).error().code, Errc::unavailable);
  EXPECT_EQ(run(store->path("c1", 0, 10)).error().code, Errc::unavailable);
  EXPECT_FALSE(store->status().healthy);
  EXPECT_THAT(store->status().problem, HasSubstr("PostgreSQL"));
  server.start_again();

  while (!store->status().healthy) std::this_thread::yield();
  EXPECT_EQ(appended(*store, {question("after")}).front().seq, 2);
}

}  // namespace
}  // namespace convoke
