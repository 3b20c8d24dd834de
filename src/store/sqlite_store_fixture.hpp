// A store in a file of its own, and another program that uses that file.
#pragma once
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "store/conversation_store_contract.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {

/// Another program that uses the same file.
class OtherProgram {
 public:
  explicit OtherProgram(const std::filesystem::path& file) { sqlite3_open(file.c_str(), &database_); }
  ~OtherProgram() { sqlite3_close(database_); }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;

  /// The result's cells joined by spaces, or what went wrong.
  std::string run(const std::string& sql) {
    std::string cells;
    const auto collect = [](void* out, int count, char** values, char**) {
      for (int i = 0; i < count; ++i) *static_cast<std::string*>(out) += std::string(values[i] ? values[i] : "") + " ";
      return 0;
    };
    return sqlite3_exec(database_, sql.c_str(), collect, &cells, nullptr) == SQLITE_OK ? cells
                                                                                       : sqlite3_errmsg(database_);
  }

 private:
  sqlite3* database_ = nullptr;
};

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() : folder_(make_test_folder()), file_(folder_ / "events.db") {
    capture_log([](std::string_view) {});
  }
  ~SqliteStoreTest() override {
    store_.reset();
    capture_log({});
    std::filesystem::remove_all(folder_);
  }

  void open(SqliteStoreOptions options = {}) { store_ = try_open(std::move(options)).value(); }

  Result<std::unique_ptr<SqliteStore>> try_open(SqliteStoreOptions options = {}) {
    options.path = file_;
    return SqliteStore::open(std::move(options), Log{});
  }

  Result<std::vector<Event>> append(Event event) { return run(store_->append({std::move(event)})); }

  void write_file(const std::string& bytes) { std::ofstream(file_, std::ios::binary) << bytes; }

  /// All bytes of the database's files.
  std::string bytes_on_disk() {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ifstream in(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace convoke
