#include "store/postgres/test_database.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "store/conversation_store_contract.hpp"
#include "store/postgres/connection.hpp"

namespace convoke {
namespace {

void do_with_server(const std::string& action, const std::string& address) {
  const std::string command = std::string(CONVOKE_SOURCE_DIR "/tests/postgres.sh ") + action + " '" + address + "'" +
                              (action == "start" ? " -c fsync=off" : "");
  if (std::system(command.c_str()) != 0) throw std::runtime_error("tests/postgres.sh " + action + " failed");
}

std::string url_in(const std::string& address) {
  std::ifstream file(address);
  std::string url;
  std::getline(file, url);
  return url;
}

/// The server of all tests that do not need one of their own.
class SharedServer {
 public:
  static const SharedServer& get() {
    static SharedServer server;
    return server;
  }
  const std::string& url() const { return url_; }

 private:
  SharedServer() {
    if (const char* address = std::getenv("CONVOKE_TEST_POSTGRES")) {
      url_ = url_in(address);
      return;
    }
    own_ = std::make_unique<TestServer>();
    url_ = own_->url().reveal();
  }

  std::unique_ptr<TestServer> own_;
  std::string url_;
};

constexpr auto patience = 100s;

}  // namespace

TestServer::TestServer() : address_(make_test_folder() / "url") { do_with_server("start", address_); }

TestServer::~TestServer() {
  do_with_server("stop", address_);
  std::filesystem::remove_all(std::filesystem::path(address_).parent_path());
}

Secret TestServer::url() const { return Secret(url_in(address_)); }
void TestServer::kill() { do_with_server("kill", address_); }
void TestServer::start_again() { do_with_server("again", address_); }

TestDatabase::TestDatabase() {
  static std::atomic<int> made = 0;
  const std::string name = "test_" + std::to_string(getpid()) + "_" + std::to_string(++made);
  url_ = SharedServer::get().url() + "&options=-csearch_path%3D" + name;
  execute("CREATE SCHEMA " + name);
}

void TestDatabase::execute(const std::string& sql) const {
  PostgresConnection::open(url(), patience).value().run_script(sql).value();
}

std::int64_t TestDatabase::number(const std::string& sql) const {
  auto connection = PostgresConnection::open(url(), patience).value();
  return connection.query(sql).value().integer(0, 0);
}

}  // namespace convoke
