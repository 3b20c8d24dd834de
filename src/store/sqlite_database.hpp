#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace convoke {

/// A value for a parameter of a statement. Text is not copied: it must live until the statement has run.
using SqliteValue = std::variant<std::nullptr_t, std::int64_t, std::string_view>;

/// The rows of one query. Texts are valid until the next call of `next`. Ends the query when destroyed.
class SqliteRows {
 public:
  explicit SqliteRows(sqlite3_stmt* statement) : statement_(statement) {}
  ~SqliteRows();
  SqliteRows(const SqliteRows&) = delete;
  SqliteRows& operator=(const SqliteRows&) = delete;

  /// Moves to the next row; false after the last.
  Result<bool> next();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  ///< empty where null

 private:
  sqlite3_stmt* statement_;
};

/// A prepared statement. Belongs to its database and to the thread that uses that.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  /// Runs a statement that returns no rows.
  Result<void> run(std::initializer_list<SqliteValue> parameters);

  /// Starts a query. One at a time per statement.
  SqliteRows query(std::initializer_list<SqliteValue> parameters);

 private:
  void bind(std::initializer_list<SqliteValue> parameters);

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A connection to one SQLite file, for one thread at a time. What the disk, another program or the file's state causes
/// is `unavailable`; what we caused is `internal`.
class SqliteDatabase {
 public:
  /// Opens an existing file. Waits at most `busy_timeout` for other programs, here and in every later call.
  static Result<SqliteDatabase> open(const std::string& path, std::chrono::milliseconds busy_timeout);

  /// Runs statements that need no parameters.
  Result<void> execute(const std::string& sql);
  /// The first column of the first row, 0 if there is none.
  Result<std::int64_t> integer(const std::string& sql);
  Result<SqliteStatement> prepare(std::string_view sql);

  std::int64_t last_insert_id() const;
  std::int64_t changes() const;        ///< rows changed by the last statement
  std::int64_t total_changes() const;  ///< since it was opened
  /// For those who extend SQLite; the connection keeps it.
  sqlite3* handle() const { return handle_.get(); }
  void set_busy_timeout(std::chrono::milliseconds timeout);

  /// Gives up the transaction, if one is open.
  void roll_back();

  /// From here on `stop` is asked every few microseconds while statements run; once it says so, the one that runs
  /// fails, and its transaction with it. It must live until this is called with null.
  void stop_when(const std::function<bool()>* stop);

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace convoke
