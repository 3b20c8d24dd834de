#include "store/sqlite_database.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(SqliteDatabase, StopsAStatementWhenAskedTo) {
  SqliteDatabase database = SqliteDatabase::open(":memory:", {}).value();
  int asked = 0;
  const std::function<bool()> stop = [&] { return ++asked > 3; };

  database.stop_when(&stop);
  const auto endless =
      database.integer("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
  database.stop_when(nullptr);

  EXPECT_FALSE(endless);
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(database.integer("SELECT 7").value(), 7);
}

}  // namespace
}  // namespace convoke
