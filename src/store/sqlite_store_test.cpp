#include "store/sqlite_store.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "base/task_scope.hpp"
#include "store/conversation_store_contract.hpp"
#include "store/ledger_contract.hpp"

namespace convoke {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::unique_ptr<ConversationStore> open_sqlite_store(const std::filesystem::path& folder) {
  return SqliteStore::open({.path = folder / "events.db"}, Log{}).value();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, ConversationStoreContract, testing::Values(StoreKind{"sqlite", open_sqlite_store}));

/// Another program that uses the same file.
class OtherProgram {
 public:
  explicit OtherProgram(const std::filesystem::path& file) { sqlite3_open(file.c_str(), &database_); }
  ~OtherProgram() { sqlite3_close(database_); }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;

  /// The result's cells joined by spaces, or what went wrong.
  std::string run(const std::string& sql) {
    std::string cells;
    const auto collect = [](void* out, int count, char** values, char**) {
      for (int i = 0; i < count; ++i) *static_cast<std::string*>(out) += std::string(values[i] ? values[i] : "") + " ";
      return 0;
    };
    return sqlite3_exec(database_, sql.c_str(), collect, &cells, nullptr) == SQLITE_OK ? cells
                                                                                       : sqlite3_errmsg(database_);
  }

 private:
  sqlite3* database_ = nullptr;
};

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

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() : folder_(make_test_folder()), file_(folder_ / "events.db") {
    capture_log([](std::string_view) {});
  }
  ~SqliteStoreTest() override {
    store_.reset();
    capture_log({});
    std::filesystem::remove_all(folder_);
  }

  void open(SqliteStoreOptions options = {}) { store_ = try_open(std::move(options)).value(); }

  Result<std::unique_ptr<SqliteStore>> try_open(SqliteStoreOptions options = {}) {
    options.path = file_;
    return SqliteStore::open(std::move(options), Log{});
  }

  Result<std::vector<Event>> append(Event event) { return run(store_->append({std::move(event)})); }

  void write_file(const std::string& bytes) { std::ofstream(file_, std::ios::binary) << bytes; }

  /// All bytes of the database's files.
  std::string bytes_on_disk() {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ifstream in(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreTest, RemembersWhatItWasGivenAfterReopening) {
  open();
  const auto stored = append(question("hello")).value();
  store_.reset();

  open();

  EXPECT_EQ(run(store_->path("c1", 0, 10)).value(), stored);
  EXPECT_EQ(append(answer("hi")).value().at(0).seq, 2);
  EXPECT_THAT(run(store_->open_turns()).value(), SizeIs(1));
}

TEST_F(SqliteStoreTest, MakesAFileOnlyItsOwnerCanRead) {
  file_ = folder_ / "new" / "events.db";
  open();
  append(question("hello")).value();

  struct stat database{}, log{};
  ASSERT_EQ(stat(file_.c_str(), &database), 0);
  ASSERT_EQ(stat((file_.string() + "-wal").c_str(), &log), 0);
  EXPECT_EQ(database.st_mode & 0777, 0600U);
  EXPECT_EQ(log.st_mode & 0777, 0600U);
}

TEST_F(SqliteStoreTest, KeepsItsLogShort) {
  open({.log_pages = 500});

  for (int i = 0; i < 300; ++i) append(question(std::string(100'000, 'x'))).value();

  EXPECT_LT(std::filesystem::file_size(file_.string() + "-wal"), 16'000'000U) << "of 30 MB that were written";
  EXPECT_GT(std::filesystem::file_size(file_), 10'000'000U);
}

TEST_F(SqliteStoreTest, LetsOtherProgramsReadWhileItRuns) {
  open();
  append(question("hello")).value();
  append(in("c2", question("hello"))).value();
  append(answer("hi")).value();

  EXPECT_EQ(OtherProgram(file_).run("SELECT conversation_id, COUNT(*) FROM chat_events GROUP BY conversation_id"),
            "c1 2 c2 1 ");
}

TEST_F(SqliteStoreTest, KeepsTheColumnsPeopleQuery) {
  open();
  Event event = answer("Look.");
  event.message.parts.push_back(ToolCall{"call_1", "find", R"({"q":1})"});
  event.model = "m";
  event.usage = Usage{.input_tokens = 1, .output_tokens = 2, .total_tokens = 3};
  append(event).value();
  append(an_event(EventType::tool_result, tool_message({"call_1", "find", "found"}))).value();

  OtherProgram other(file_);
  EXPECT_EQ(other.run("SELECT seq, timestamp, type, role, content, model, request_id FROM chat_events WHERE seq = 1"),
            "1 2026-11-23T18:04:48.123Z assistant_message assistant Look. m r1 ");
  EXPECT_EQ(other.run("SELECT tool_calls, usage FROM chat_events WHERE seq = 1"),
            R"([{"id":"call_1","type":"function","function":{"name":"find","arguments":"{\"q\":1}"}}] )"
            R"({"input_tokens":1,"output_tokens":2,"total_tokens":3} )");
  EXPECT_EQ(other.run("SELECT role, content, tool_call_id, parts FROM chat_events WHERE seq = 2"),
            "tool found call_1  ");
}

TEST_F(SqliteStoreTest, LeavesNoTraceOfWhatWasErased) {
  open();
  append(question("remember the word xylophone")).value();
  append(in("c2", question("and the word marimba"))).value();
  ASSERT_THAT(bytes_on_disk(), HasSubstr("xylophone"));

  ASSERT_TRUE(run(store_->erase("c1")));
  EXPECT_EQ(bytes_on_disk().find("xylophone"), std::string::npos);
  ASSERT_THAT(bytes_on_disk(), HasSubstr("marimba"));

  ASSERT_TRUE(run(store_->erase_all()));
  EXPECT_EQ(bytes_on_disk().find("marimba"), std::string::npos);
}

TEST_F(SqliteStoreTest, ErasesTheLastTracesOnceAnotherProgramStopsReading) {
  open();
  append(question("remember the word xylophone")).value();
  OtherProgram reader(file_);
  reader.run("BEGIN; SELECT count(*) FROM chat_events");

  ASSERT_TRUE(run(store_->erase("c1")));
  append(question("life goes on")).value();
  reader.run("ROLLBACK");
  const auto traces_vanish = [&]() -> Task<bool> {
    for (int i = 0; i < 100 && bytes_on_disk().contains("xylophone"); ++i) co_await sleep_for(50ms);
    co_return !bytes_on_disk().contains("xylophone");
  };

  EXPECT_TRUE(run(traces_vanish()));
}

TEST_F(SqliteStoreTest, RefusesAFileAnotherStoreHas) {
  open();
  std::filesystem::create_symlink(file_, folder_ / "alias.db");

  const auto second = try_open();
  file_ = folder_ / "alias.db";
  const auto by_another_name = try_open();

  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_THAT(second.error().message, EndsWith("in use by another convoke (process " + std::to_string(getpid()) + ")"));
  EXPECT_EQ(by_another_name.error().code, Errc::conflict);
}

TEST_F(SqliteStoreTest, RefusesAFileOfANewerConvoke) {
  open();
  store_.reset();
  OtherProgram(file_).run("PRAGMA user_version = 99");

  const auto refused = try_open();

  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("written by a newer convoke (form 99"));
}

TEST_F(SqliteStoreTest, RefusesAndKeepsTheDatabaseOfAnotherProgram) {
  OtherProgram other(file_);
  other.run("CREATE TABLE chat_events (id INTEGER, text TEXT); INSERT INTO chat_events VALUES (1, 'mine')");

  const auto refused = try_open();

  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("the database of another program"));
  EXPECT_EQ(other.run("SELECT * FROM chat_events; PRAGMA journal_mode"), "1 mine delete ");
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsNoDatabase) {
  write_file("a letter to a friend, longer than the hundred bytes of a header. " + std::string(200, '.'));

  const auto refused = try_open();

  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("damaged, or not an SQLite file"));
}

TEST_F(SqliteStoreTest, RefusesAFileThatWasCutOff) {
  open();
  append(question(std::string(100'000, 'x'))).value();
  store_.reset();
  std::filesystem::resize_file(file_, 8192);

  const auto refused = try_open();

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("damaged"));
}

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
