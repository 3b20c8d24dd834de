#pragma once
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"

struct pg_conn;
struct pg_result;

namespace convoke {

/// A value for a parameter of a statement. Borrowed until `send` returns.
using PostgresValue = std::variant<std::nullptr_t, std::int64_t, bool, std::string_view, WallTime,
                                   std::span<const std::string>, std::span<const std::int64_t>>;

/// The rows one statement returned.
class PostgresRows {
 public:
  explicit PostgresRows(pg_result* result) : result_(result) {}

  int size() const;
  bool empty() const { return size() == 0; }
  bool is_null(int row, int column) const;
  std::int64_t integer(int row, int column) const;  ///< of a bigint; 0 where null
  bool boolean(int row, int column) const;
  std::string text(int row, int column) const;  ///< empty where null
  std::optional<std::string> text_or_null(int row, int column) const;
  WallTime time(int row, int column) const;
  /// What the statement did, e.g. "COMMIT".
  std::string_view command() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

/// A connection to a PostgreSQL server, for one thread at a time. Statements are queued and sent without waiting for
/// the answers of those before (https://www.postgresql.org/docs/15/libpq-pipeline-mode.html): one round trip for many.
///
/// What the server, the network or other users cause is `unavailable`; what we caused is `internal`. No message holds
/// the password or a value of a row.
class PostgresConnection {
 public:
  /// Connects by a URL (postgresql://user:password@host:port/database?sslmode=…), of which nothing but host, port and
  /// database ever gets into a message. Every answer may take `timeout`.
  static Result<PostgresConnection> open(const Secret& url, std::chrono::milliseconds timeout);

  /// Queues a statement. Its plan is kept for the next time.
  void send(std::string_view sql, std::initializer_list<PostgresValue> parameters = {});
  /// The same with a plan made for these very values: for searches.
  void send_once(std::string_view sql, std::initializer_list<PostgresValue> parameters);
  /// Waits for the answers to all that was queued, or the first error, after which none of the rest was done.
  Result<std::vector<PostgresRows>> receive();
  /// Sends one statement after all that is queued and returns its rows.
  Result<PostgresRows> query(std::string_view sql, std::initializer_list<PostgresValue> parameters = {});
  /// From now on every answer may take `timeout`.
  Result<void> set_timeout(std::chrono::milliseconds timeout);
  /// Runs statements without parameters. Nothing may be queued.
  Result<void> run_script(const std::string& sql);

  /// True once it can never be used again: the server went away, or did not answer in time.
  bool is_broken() const { return is_broken_; }
  /// True if the last error came of somebody else's change at the same time: trying again helps.
  bool lost_a_race() const { return lost_a_race_; }
  int server_version() const;  ///< 150018 for 15.18

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  struct Queued {
    std::string prepares;  ///< the statement that it prepares, else empty
  };

  PostgresConnection(pg_conn* connection, std::chrono::milliseconds timeout)
      : connection_(connection), timeout_(timeout) {}
  Result<void> finish_connecting();
  Result<void> wait(short events, Deadline deadline);
  Result<pg_result*> next_result(Deadline deadline);
  Result<std::vector<PostgresRows>> read_results(Deadline deadline);
  Error error_of(const pg_result* result);
  std::unexpected<Error> broken(std::string why);

  std::unique_ptr<pg_conn, Finish> connection_;
  std::chrono::milliseconds timeout_;
  std::unordered_map<std::string, std::string> prepared_;  ///< names of statements by their text
  std::deque<Queued> queued_;
  std::int64_t names_ = 0;
  bool is_broken_ = false;
  bool lost_a_race_ = false;
};

}  // namespace convoke
