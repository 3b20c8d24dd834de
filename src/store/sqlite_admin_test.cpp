#include "store/sqlite_admin.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "store/conversation_store_contract.hpp"
#include "store/ledger_contract.hpp"
#include "store/sqlite_database.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class SqliteAdmin : public testing::Test {
 protected:
  SqliteAdmin() { open(); }
  ~SqliteAdmin() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() { store_ = SqliteStore::open({.path = file_}, Log{}).value(); }

  void talk(std::string conversation, int turns) {
    for (int i = 0; i < turns; ++i) {
      run(store_->append({in(conversation, question("question " + std::to_string(i) + std::string(500, 'x'))),
                          in(conversation, answer("answer")), in(conversation, an_event(EventType::turn_completed))}))
          .value();
    }
  }

  std::size_t events_in(const std::string& file, std::string conversation) {
    const auto store = SqliteStore::open({.path = file}, Log{}).value();
    return run(store->path(std::move(conversation), 0, 100'000)).value().size();
  }

  /// Overwrites so many pages of events from the middle of the file.
  void damage(int count) {
    std::vector<std::int64_t> pages;
    {
      SqliteDatabase database = SqliteDatabase::open(file_, 1s).value();
      SqliteStatement leaves = database
                                   .prepare(
                                       "SELECT pageno FROM dbstat WHERE name = 'chat_events' AND "
                                       "pagetype = 'leaf' ORDER BY path LIMIT ? OFFSET 25")
                                   .value();
      SqliteRows rows = leaves.query({std::int64_t{count}});
      while (rows.next().value()) pages.push_back(rows.integer(0));
    }
    std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
    for (const std::int64_t page : pages) file.seekp((page - 1) * 4096) << std::string(4096, '?');
  }

  std::filesystem::path folder_ = make_test_folder();
  std::string file_ = folder_ / "events.db";
  std::string copy_ = folder_ / "copy.db";
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteAdmin, FindsNothingWrongWithAWholeFileInUse) {
  talk("c1", 3);
  run(store_->append({after_event(1, answer("another"))})).value();

  EXPECT_THAT(check_file(file_).value(), IsEmpty());
  EXPECT_EQ(check_file(folder_ / "none.db").error().code, Errc::not_found);
}

TEST_F(SqliteAdmin, CopiesAFileInUse) {
  talk("c1", 3);

  EXPECT_GT(back_up_file(file_, copy_).value(), 0);
  talk("c1", 1);

  EXPECT_EQ(back_up_file(file_, copy_).error().code, Errc::conflict) << "a copy is never written over";
  EXPECT_THAT(check_file(copy_).value(), IsEmpty());
  EXPECT_EQ(events_in(copy_, "c1"), 9U);
}

TEST_F(SqliteAdmin, PutsACopyInThePlaceOfTheFile) {
  talk("c1", 3);
  ASSERT_TRUE(back_up_file(file_, copy_));
  talk("c1", 1);

  EXPECT_EQ(restore_file(copy_, file_).error().code, Errc::conflict) << "not under a running server";
  store_.reset();
  const auto kept = restore_file(copy_, file_).value();

  EXPECT_EQ(events_in(file_, "c1"), 9U);
  EXPECT_EQ(events_in(kept, "c1"), 12U);
}

TEST_F(SqliteAdmin, GivesFreeSpaceBack) {
  talk("c1", 300);
  talk("c2", 1);
  ASSERT_TRUE(run(store_->erase("c1")));

  EXPECT_EQ(vacuum_file(file_).error().code, Errc::conflict);
  store_.reset();
  EXPECT_GE(vacuum_file(file_).value(), 0);

  EXPECT_LT(std::filesystem::file_size(file_), 300'000U);
  EXPECT_EQ(events_in(file_, "c2"), 3U);
}

TEST_F(SqliteAdmin, SavesWhatCanBeReadOfADamagedFile) {
  talk("c1", 300);
  talk("c2", 2);
  store_.reset();
  damage(24);
  ASSERT_THAT(check_file(file_).value(), testing::Not(IsEmpty()));

  const auto recovered = recover_file(file_, copy_);

  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_GT(recovered->events, 300);
  EXPECT_LT(recovered->events, 906);
  EXPECT_GT(recovered->damaged, 0);
  EXPECT_EQ(recovered->conversations, 2);
  EXPECT_THAT(check_file(copy_).value(), IsEmpty());
  EXPECT_EQ(events_in(copy_, "c2"), 6U);
}

TEST_F(SqliteAdmin, SavesWhatWasSpentToo) {
  talk("c1", 2);
  store_->ledger()->settle(a_call());
  ModelCall open = a_call();
  open.id = "call_2";
  ASSERT_TRUE(run(store_->ledger()->reserve(open)));
  store_.reset();

  ASSERT_TRUE(recover_file(file_, copy_));

  const auto store = SqliteStore::open({.path = copy_}, Log{}).value();
  const UsageSums sums = run(store->ledger()->usage({})).value().at(0).sums;
  EXPECT_EQ(sums.calls, 2);
  EXPECT_EQ(sums.unfinished_calls, 1);
  EXPECT_EQ(sums.cost, Money{40'000'000});
}

TEST_F(SqliteAdmin, SavesBranchesToo) {
  talk("c1", 2);
  run(store_->append({after_event(1, answer("another"))})).value();
  store_.reset();

  ASSERT_TRUE(recover_file(file_, copy_));

  const auto store = SqliteStore::open({.path = copy_}, Log{}).value();
  EXPECT_THAT(seqs(run(store->path("c1", 0, 10)).value()), testing::ElementsAre(1, 7));
  EXPECT_THAT(run(store->branches("c1"))->alternatives_after(1), testing::ElementsAre(2, 7));
}

TEST_F(SqliteAdmin, SaysWhatWouldGo) {
  talk("c1", 3);

  const auto trims = plan_trims_of_file(file_, {.max_messages = 2}).value();

  ASSERT_THAT(trims, SizeIs(1));
  EXPECT_EQ(trims[0].events, 6);
  EXPECT_THAT(run(store_->path("c1", 0, 100)).value(), SizeIs(9)) << "and nothing went";
}

}  // namespace
}  // namespace convoke
