// Which files a store does not open.
#include <gmock/gmock.h>
#include <unistd.h>

#include "store/sqlite_store_fixture.hpp"

namespace convoke {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

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

}  // namespace
}  // namespace convoke
