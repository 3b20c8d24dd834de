#pragma once
#include <memory>
#include <string>

#include "store/postgres/postgres_store.hpp"

namespace convoke {

/// An empty database for one test, on a server that tests/postgres.sh starts: CTest once for all tests, else the
/// program for itself. Gone when destroyed.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  Secret url() const { return Secret(url_); }
  std::unique_ptr<PostgresStore> open() const { return PostgresStore::open({.url = url()}, Log{}).value(); }
  /// Runs statements; the test fails if one of them does.
  void execute(const std::string& sql) const;
  /// The first column of the first row, a bigint.
  std::int64_t number(const std::string& sql) const;

 private:
  std::string name_;
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
