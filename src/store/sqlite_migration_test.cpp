#include <gmock/gmock.h>

#include <filesystem>

#include "store/conversation_store_contract.hpp"
#include "store/sqlite_admin.hpp"
#include "store/sqlite_database.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A file as the first form had it: two conversations, one of them with a question that a crash cut off.
class FirstForm : public testing::Test {
 protected:
  FirstForm() {
    std::filesystem::copy_file(CONVOKE_TESTDATA "/form-1.db", file_);
    store_ = SqliteStore::open({.path = file_}, Log{}).value();
  }
  ~FirstForm() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path folder_ = make_test_folder();
  std::string file_ = folder_ / "events.db";
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(FirstForm, IsBroughtForwardWithEverythingInIt) {
  const auto listed = run(store_->conversations(false, 0, 10)).value();

  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0].title, "東京");
  EXPECT_EQ(run(store_->path("c1", 0, 10))->at(1).message, assistant_message("384,400 km"));
  EXPECT_THAT(run(store_->open_turns()).value(), SizeIs(1));
  EXPECT_THAT(check_file(file_).value(), IsEmpty());
}

TEST_F(FirstForm, TakesBranchesAndForks) {
  run(store_->append({after_event(1, answer("far"))})).value();

  EXPECT_THAT(seqs(run(store_->path("c1", 0, 10)).value()), ElementsAre(1, 5));
  EXPECT_TRUE(run(store_->fork("c1", 3, "c3", WallTime{})));
  EXPECT_THAT(seqs(run(store_->path("c3", 0, 10)).value()), ElementsAre(1, 2, 3));
}

TEST_F(FirstForm, LosesItsOldIndexInTheBackground) {
  SqliteDatabase database = SqliteDatabase::open(file_, 1s).value();
  const auto old_index_goes = [&]() -> Task<bool> {
    for (int i = 0; i < 1000; ++i) {
      const auto tables = database.integer("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'search_old%'");
      if (tables == 0) co_return true;
      co_await sleep_for(5ms);
    }
    co_return false;
  };

  EXPECT_TRUE(run(old_index_goes()));
}

TEST_F(FirstForm, IsSearched) {
  const auto found = [&](std::string text) -> Task<bool> {
    for (int i = 0; i < 500; ++i) {
      const auto hits = co_await store_->search({.text = text});
      if (hits && hits->size() == 1) co_return true;
      co_await sleep_for(5ms);
    }
    co_return false;
  };

  EXPECT_TRUE(run(found("moon")));
  EXPECT_TRUE(run(found("東京")));
}

}  // namespace
}  // namespace convoke
