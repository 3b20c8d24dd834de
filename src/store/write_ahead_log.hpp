#pragma once
#include <memory>

#include "store/sqlite_database.hpp"

namespace convoke {

/// Keeps the write-ahead log of one connection in shape, between its transactions: a commit neither makes the log's
/// file longer nor copies it back into the database's. On ext4, a commit that makes the file longer waits for the file
/// system's journal besides the disk.
class WriteAheadLog {
 public:
  /// From here on, `database` leaves its log to this, which copies it back when it has `pages`.
  WriteAheadLog(SqliteDatabase& database, int pages);

  /// Copies the log back when it has grown long enough, and has the file ready for the commits that follow. What fails
  /// here fails again where it matters. Outside of transactions.
  void tidy(SqliteDatabase& database);

 private:
  bool has_room(SqliteDatabase& database) const;
  void make_room(SqliteDatabase& database) const;

  struct Length {
    int pages = 0;  ///< after the last commit
  };
  std::unique_ptr<Length> length_;  ///< where the connection's hook finds it
  int limit_;
  int copied_ = 0;  ///< pages at the last copying that did not get through
};

}  // namespace convoke
