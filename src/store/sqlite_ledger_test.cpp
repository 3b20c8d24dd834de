#include "store/sqlite_ledger.hpp"

#include <gmock/gmock.h>

#include "store/ledger_contract.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SqliteLedgerTest : public testing::Test {
 protected:
  ~SqliteLedgerTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<SqliteStore> open() { return SqliteStore::open({.path = path_}, Log{}).value(); }
  SqliteDatabase database() { return SqliteDatabase::open(path_, 1s).value(); }
  UsageSums sums() { return usage_in_file(path_, {}).value().at(0).sums; }

  std::filesystem::path folder_ = make_test_folder();
  std::string path_ = folder_ / "events.db";
};

TEST_F(SqliteLedgerTest, TakesWhatADeadProcessLeftReservedForLostAtThatPrice) {
  ModelCall reserved = a_call();
  reserved.cost = Money{999};
  ASSERT_TRUE(run(open()->ledger()->reserve(reserved)));

  const auto store = open();

  const auto calls = run(store->ledger()->latest(10)).value();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].id, reserved.id);
  EXPECT_EQ(calls[0].time, reserved.time);
  EXPECT_EQ(calls[0].status, CallStatus::lost);
  EXPECT_EQ(calls[0].cost, Money{999});
  EXPECT_EQ(calls[0].cost_source, CostSource::reserved);
  EXPECT_EQ(calls[0].usage.output_tokens, reserved.usage.output_tokens);
  EXPECT_EQ(calls[0].usage.total_tokens, reserved.usage.input_tokens + reserved.usage.output_tokens);
  EXPECT_TRUE(calls[0].usage.estimated);
  EXPECT_EQ(sums().cost, Money{999});
}

TEST_F(SqliteLedgerTest, CountsALostCallOnceHoweverOftenItIsOpened) {
  ASSERT_TRUE(run(open()->ledger()->reserve(a_call())));
  open();
  open();
  EXPECT_EQ(sums().calls, 1);
}

TEST_F(SqliteLedgerTest, KeepsTheAccountAcrossRestarts) {
  open()->ledger()->settle(a_call());
  open()->ledger()->settle(a_call());
  EXPECT_EQ(sums().calls, 2);
  EXPECT_EQ(sums().cost, Money{40'000'000});
}

TEST_F(SqliteLedgerTest, HasWhatWasSettledOnDiskBeforeWhatIsAppendedNext) {
  const auto store = open();
  store->ledger()->settle(a_call());
  ASSERT_TRUE(run(store->append({question("hello")})));
  EXPECT_EQ(sums().calls, 1);
}

TEST_F(SqliteLedgerTest, CausesNoCommitOfItsOwnWhenSomebodyElseDoes) {
  const auto store = SqliteStore::open({.path = path_, .along_patience = 1h}, Log{}).value();
  store->ledger()->note(a_call());
  store->ledger()->settle(a_call());
  ASSERT_TRUE(run(store->append({question("hello")})));
  EXPECT_EQ(store->status().commits, 1);
}

TEST_F(SqliteLedgerTest, OutlivesTheConversationsItPaidFor) {
  const auto store = open();
  ASSERT_TRUE(run(store->append({question("hello")})));
  store->ledger()->settle(a_call());
  ASSERT_TRUE(run(store->erase("c1")));
  ASSERT_TRUE(run(store->erase_all()));
  EXPECT_EQ(sums().calls, 1);
}

TEST_F(SqliteLedgerTest, RefusesToChangeOrForgetACall) {
  open()->ledger()->settle(a_call());
  auto file = database();
  EXPECT_THAT(file.execute("UPDATE model_calls SET cost = 0").error().message, HasSubstr("append-only"));
  EXPECT_THAT(file.execute("DELETE FROM model_calls").error().message, HasSubstr("append-only"));
}

TEST_F(SqliteLedgerTest, KeepsSumsEqualToTheCallsThemselves) {
  {
    const auto store = open();
    for (int i = 0; i < 500; ++i) {
      ModelCall call = a_call();
      call.time += std::chrono::hours(i);
      call.model = "m" + std::to_string(i % 7);
      call.origin.conversation_id = i % 5 == 0 ? "" : "c" + std::to_string(i % 11);
      if (i % 3 != 0) call.cost = Money{i * 1'234'567};
      if (i % 3 == 0) call.cost.reset();
      store->ledger()->settle(call);
    }
  }
  auto file = database();
  const auto same = [&](const std::string& what, const std::string& table, const std::string& where) {
    const auto sum = file.integer("SELECT sum(" + what + ") FROM " + table).value();
    const auto truth = file.integer("SELECT coalesce(sum(" + what + "), 0) FROM model_calls " + where).value();
    return sum == truth && sum > 0;
  };
  EXPECT_TRUE(same("cost", "usage_by_day", ""));
  EXPECT_TRUE(same("input_tokens", "usage_by_day", ""));
  EXPECT_TRUE(same("cost", "usage_by_conversation", "WHERE conversation_id <> ''"));
  EXPECT_EQ(file.integer("SELECT sum(calls) FROM usage_by_day").value(), 500);
  EXPECT_EQ(file.integer("SELECT sum(unpriced_calls) FROM usage_by_day").value(), 167);
}

TEST_F(SqliteLedgerTest, SaysWhatIsMissing) { EXPECT_EQ(usage_in_file(path_, {}).error().code, Errc::not_found); }

}  // namespace
}  // namespace convoke
