#pragma once
#include <future>
#include <memory>
#include <string>

#include "store/sqlite_database.hpp"

namespace convoke {

/// Keeps the write-ahead log of one connection in shape, between its transactions: a commit neither makes the log's
/// file longer nor copies it back into the database's. On ext4, a commit that makes the file longer waits for the file
/// system's journal besides the disk.
///
/// The log is copied back by a thread of its own, while commits go on; they only copy the little that was added
/// meanwhile, after which the log begins anew.
class WriteAheadLog {
 public:
  /// From here on, `database`, which has the file at `path`, leaves its log to this, which copies it back when it has
  /// `pages`.
  WriteAheadLog(SqliteDatabase& database, std::string path, int pages);

  /// Has the log copied back when it has grown long enough, and has the file ready for the commits that follow. What
  /// fails here fails again where it matters. Outside of transactions.
  void tidy(SqliteDatabase& database);

  /// Returns when nothing is being copied.
  void wait_until_copied();

 private:
  void copy_back(SqliteDatabase& database);
  bool has_room(SqliteDatabase& database) const;
  void make_room(SqliteDatabase& database) const;

  struct Length {
    int pages = 0;  ///< after the last commit
  };
  std::unique_ptr<Length> length_;  ///< where the connection's hook finds it
  std::string path_;
  int limit_;
  int copied_ = 0;             ///< of the pages that are there now, those that were looked at
  int ended_ = 0;              ///< those after which the log should have begun anew
  std::future<void> copying_;  ///< valid while a thread does
};

}  // namespace convoke
