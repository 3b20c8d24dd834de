#pragma once
#include <future>
#include <memory>
#include <string>

#include "store/sqlite_database.hpp"

namespace convoke {

/// Keeps the write-ahead log of one connection in shape, between its transactions: a commit neither makes the log's
/// file longer nor copies it back into the database's. On ext4, a commit that makes the file longer waits for the file
/// system's journal besides the disk.
class WriteAheadLog {
 public:
  /// From here on, `database`, the file at `path`, leaves its log to this, which copies it back when it has `pages`.
  WriteAheadLog(SqliteDatabase& database, std::string path, int pages);

  /// Has the log copied back when it has grown long enough, in a thread of its own but for a rest that takes some
  /// milliseconds, and has the file ready for the commits that follow. What fails here fails again where it matters.
  /// Outside of transactions.
  void tidy(SqliteDatabase& database);

 private:
  void copy_if_due(SqliteDatabase& database);
  bool has_room(SqliteDatabase& database) const;
  void make_room(SqliteDatabase& database) const;

  struct Length {
    int pages = 0;  ///< after the last commit
  };
  std::string path_;
  int limit_;
  std::unique_ptr<Length> length_;  ///< where the connection's hook finds it
  int seen_ = 0;                    ///< its length when it was looked at last
  int copied_ = 0;                  ///< so many of its pages are in the database's file
  int next_;                        ///< the length at which to copy again
  std::future<int> copying_;        ///< pages copied at its end
};

}  // namespace convoke
