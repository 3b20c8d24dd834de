#include "store/sqlite_store_fixture.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

namespace convoke {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::unique_ptr<ConversationStore> open_sqlite_store(const std::filesystem::path& folder) {
  return SqliteStore::open({.path = folder / "events.db"}, Log{}).value();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, ConversationStoreContract, testing::Values(StoreKind{"sqlite", open_sqlite_store}));

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
  open({.log_pages = 200});

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

TEST_F(SqliteStoreTest, KeepsItsIndexInFewPieces) {
  open();
  const auto words_are_found = [&](std::string words) -> Task<bool> {
    for (int i = 0; i < 1000; ++i) {
      const auto hits = co_await store_->search({.text = words});
      if (hits && !hits->empty()) co_return true;
      co_await sleep_for(2ms);
    }
    co_return false;
  };
  for (int i = 0; i < 40; ++i) {
    append(question("zq" + std::to_string(i))).value();
    ASSERT_TRUE(run(words_are_found("zq" + std::to_string(i))));  // each makes a piece of its own
  }

  const auto pieces = [&] {
    return std::stoi(OtherProgram(file_).run("SELECT count(DISTINCT segid) FROM search_idx"));
  };
  const auto are_few = [&]() -> Task<bool> {
    for (int i = 0; i < 200 && pieces() > 8; ++i) co_await sleep_for(50ms);
    co_return pieces() <= 8;
  };
  EXPECT_TRUE(run(are_few()));
}

TEST_F(SqliteStoreTest, LeavesNoTraceOfWhatWasTrimmed) {
  open();
  append(question("this is the title")).value();
  for (int i = 0; i < 30; ++i) append(question("remember xylophone " + std::to_string(i))).value();
  append(question("and marimba")).value();

  EXPECT_EQ(run(store_->trim("c1", 32)), 31);
  const auto traces_vanish = [&]() -> Task<bool> {
    for (int i = 0; i < 400 && bytes_on_disk().contains("xylophone"); ++i) co_await sleep_for(50ms);
    co_return !bytes_on_disk().contains("xylophone");
  };

  EXPECT_TRUE(run(traces_vanish()));
  EXPECT_THAT(bytes_on_disk(), HasSubstr("marimba"));
}

}  // namespace
}  // namespace convoke
