#pragma once
#include <memory>
#include <string>

#include "store/postgres/postgres_store.hpp"

namespace convoke {

/// An empty database for one test: a schema on a server that tests/postgres.sh starts, CTest once for all tests, else
/// the program for itself. It goes with the server.
class TestDatabase {
 public:
  TestDatabase();

  Secret url() const { return Secret(url_); }
  /// A store that has patience with a busy machine.
  std::unique_ptr<PostgresStore> open() const {
    return PostgresStore::open({.url = url(), .timeout = 100s, .patience = 100s}, Log{}).value();
  }
  /// Runs statements; the test fails if one of them does.
  void execute(const std::string& sql) const;
  /// The first column of the first row, a bigint.
  std::int64_t number(const std::string& sql) const;

 private:
  std::string url_;
};

/// A server of the test's own, to be killed.
class TestServer {
 public:
  TestServer();
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  Secret url() const;
  void kill();
  void start_again();

 private:
  std::string address_;
};

}  // namespace convoke
