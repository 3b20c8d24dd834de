// What a store does when its disk or its file is in trouble, and when too much is asked of it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>

#include "base/task_scope.hpp"
#include "store/ledger_contract.hpp"
#include "store/sqlite_store_fixture.hpp"

namespace convoke {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;

/// The disk as SQLite sees it: while one of these lives, `error` is what every write gets. 0: writes work. After each
/// lock or unlock the system seems to have said something else last.
class TroubledDisk {
 public:
  TroubledDisk() {
    sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    vfs->xSetSystemCall(vfs, "fcntl", reinterpret_cast<sqlite3_syscall_ptr>(&lock_and_forget));
    for (const char* call : {"write", "pwrite", "pwrite64"}) {
      vfs->xSetSystemCall(vfs, call, reinterpret_cast<sqlite3_syscall_ptr>(&write_or_fail));
    }
  }
  ~TroubledDisk() {
    error = 0;
    sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    for (const char* call : {"write", "pwrite", "pwrite64", "fcntl"}) vfs->xSetSystemCall(vfs, call, nullptr);
  }

  static inline std::atomic<int> error = 0;

 private:
  static ssize_t write_or_fail(int file, const void* bytes, std::size_t count, off_t offset) {
    errno = error;
    return error ? -1 : pwrite(file, bytes, count, offset);
  }
  static int lock_and_forget(int file, int command, void* argument) {
    const int outcome = fcntl(file, command, argument);
    if (outcome >= 0) errno = EAGAIN;
    return outcome;
  }
};

TEST_F(SqliteStoreTest, SaysThatTheDiskIsFullAndGoesOnWhenItIsNot) {
  TroubledDisk disk;
  open();
  append(question("before")).value();
  run(store_->after("c1", 0, 10)).value();  // a reader holds the -shm file, whatever the writer does meanwhile

  disk.error = ENOSPC;
  const auto refused = append(answer("lost"));
  const StoreStatus troubled = store_->status();
  disk.error = 0;
  const auto kept = append(answer("kept"));

  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, EndsWith("events.db: the disk is full"));
  EXPECT_FALSE(troubled.healthy);
  EXPECT_EQ(troubled.problem, refused.error().message);
  EXPECT_EQ(kept.value().at(0).seq, 2);
  EXPECT_TRUE(store_->status().healthy);
  EXPECT_THAT(run(store_->path("c1", 0, 10)).value(), SizeIs(2));
}

TEST_F(SqliteStoreTest, SaysThatTheDiskIsReadOnlyOrBroken) {
  TroubledDisk disk;
  open();
  append(question("before")).value();
  run(store_->after("c1", 0, 10)).value();  // a reader holds the -shm file, whatever the writer does meanwhile

  disk.error = EROFS;
  const auto read_only = append(question("lost"));
  disk.error = EIO;
  const auto broken = append(question("lost"));
  disk.error = 0;

  EXPECT_THAT(read_only.error().message, EndsWith("the disk is read-only"));
  EXPECT_THAT(broken.error().message, HasSubstr("Input/output error"));
  EXPECT_EQ(append(question("kept")).value().at(0).seq, 2);
}

TEST_F(SqliteStoreTest, KeepsTheAccountOfCallsUntilTheDiskWorksAgain) {
  TroubledDisk disk;
  open();
  const auto ledger = store_->ledger();
  disk.error = ENOSPC;
  ledger->settle(a_call());
  ASSERT_FALSE(append(question("lost")));

  disk.error = 0;
  const auto kept = [&]() -> Task<bool> {
    for (int i = 0; i < 200; ++i) {
      const auto calls = co_await ledger->latest(10);
      if (calls && calls->size() == 1) co_return true;
      co_await sleep_for(50ms);
    }
    co_return false;
  };
  EXPECT_TRUE(run(kept()));
}

TEST_F(SqliteStoreTest, FindsOutByItselfThatTroubleIsOver) {
  TroubledDisk disk;
  open();
  disk.error = ENOSPC;
  ASSERT_THAT(append(question("lost")).error().message, EndsWith("the disk is full"));

  disk.error = 0;
  const auto recovered = [&]() -> Task<bool> {
    for (int i = 0; i < 100 && !store_->status().healthy; ++i) co_await sleep_for(50ms);
    co_return store_->status().healthy;
  };

  EXPECT_TRUE(run(recovered()));
}

TEST_F(SqliteStoreTest, SaysThatTheFileIsLockedAndGoesOnWhenItIsNot) {
  open({.busy_timeout = 20ms});
  OtherProgram other(file_);
  other.run("BEGIN IMMEDIATE");

  const auto refused = append(question("lost"));
  other.run("ROLLBACK");
  const auto kept = append(question("kept"));

  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, EndsWith("locked by another program"));
  EXPECT_TRUE(kept);
}

TEST_F(SqliteStoreTest, NoticesThatItsFileWasTakenAway) {
  open();
  append(question("hello")).value();
  std::filesystem::rename(file_, folder_ / "elsewhere.db");

  const auto refused = append(answer("lost"));
  std::filesystem::rename(folder_ / "elsewhere.db", file_);
  const auto kept = append(answer("kept"));

  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("moved, deleted or replaced"));
  EXPECT_EQ(kept.value().at(0).seq, 2);
}

TEST_F(SqliteStoreTest, FailsOneBadAppendWithoutThoseThatShareItsCommit) {
  open();
  OtherProgram(file_).run(
      "CREATE TRIGGER poison BEFORE INSERT ON chat_events WHEN NEW.content = 'poison' "
      "BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
  std::vector<std::string> outcomes(20);
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  const auto one = [&](int i) -> Task<> {
    const bool bad = i % 5 == 0;
    const auto stored = co_await store_->append({question("fine"), question(bad ? "poison" : "fine")});
    outcomes[static_cast<std::size_t>(i)] = stored ? "stored" : std::string(name_of(stored.error().code));
  };
  const auto all = [&]() -> Task<> {
    for (int i = 0; i < 20; ++i) scope.spawn("append", one(i));
    co_await scope.drained();
  };

  run(loop, scope.run(all()));

  EXPECT_EQ(std::ranges::count(outcomes, "stored"), 16);
  EXPECT_EQ(std::ranges::count(outcomes, "internal"), 4);
  const auto events = run(store_->after("c1", 0, 100)).value();
  ASSERT_THAT(events, SizeIs(32)) << "nothing of a failed append may stay";
  EXPECT_EQ(events.back().seq, 32);
}

TEST_F(SqliteStoreTest, RefusesAppendsBeyondItsQueue) {
  open({.max_waiting = 3, .busy_timeout = 10s});
  OtherProgram other(file_);
  other.run("BEGIN IMMEDIATE");
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  std::vector<Result<std::vector<Event>>> outcomes;
  const auto one = [&]() -> Task<> {
    auto outcome = co_await store_->append({question("hello")});
    // The first answer comes while all places are taken; only then may the writer go on.
    if (!outcome) other.run("ROLLBACK");
    outcomes.push_back(std::move(outcome));
  };
  const auto all = [&]() -> Task<> {
    for (int i = 0; i < 4; ++i) scope.spawn("append", one());
    co_await scope.drained();
  };

  run(loop, scope.run(all()));

  ASSERT_THAT(outcomes, SizeIs(4));
  EXPECT_EQ(outcomes[0].error(), (Error{Errc::exhausted, "3 writes wait for the disk already"}));
  EXPECT_THAT(run(store_->after("c1", 0, 10)).value(), SizeIs(3));
}

}  // namespace
}  // namespace convoke
