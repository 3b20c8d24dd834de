#include "store/write_ahead_log.hpp"

#include <pthread.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace convoke {
namespace {

constexpr sqlite3_int64 page_and_header = 4096 + 24;
constexpr sqlite3_int64 ahead = 1 << 20;    // of zeros that must be there
constexpr sqlite3_int64 at_once = 4 << 20;  // to be added when they are not
constexpr int few = 8;                      // of the limit such a part is copied in a millisecond or two
constexpr int too_long = 3;  // times the limit, when whoever copies does not keep up with those who write

int note_length(void* pages, sqlite3*, const char*, int now) {
  *static_cast<int*>(pages) = now;
  return SQLITE_OK;
}

sqlite3_file* file_of_log(sqlite3* handle) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&file));
  return file && file->pMethods ? file : nullptr;
}

/// Without waiting for anybody, so that a part may be left.
void checkpoint(SqliteDatabase& database) {
  sqlite3_wal_checkpoint_v2(database.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

void checkpoint_file(const std::string& path) {
  pthread_setname_np(pthread_self(), "store-copier");
  auto database = SqliteDatabase::open(path, {});
  // A connection finds out that there is a log when it reads.
  if (database && database->integer("PRAGMA user_version")) checkpoint(*database);
}

}  // namespace

WriteAheadLog::WriteAheadLog(SqliteDatabase& database, std::string path, int pages)
    : length_(std::make_unique<Length>()), path_(std::move(path)), limit_(pages) {
  sqlite3_wal_hook(database.handle(), note_length, &length_->pages);
}

void WriteAheadLog::tidy(SqliteDatabase& database) {
  copy_back(database);
  // Only who may write knows where the file ends: another program may write as well.
  if (has_room(database) || !database.execute("BEGIN IMMEDIATE")) return;
  make_room(database);
  database.roll_back();
}

void WriteAheadLog::copy_back(SqliteDatabase& database) {
  const int pages = length_->pages;
  copied_ = std::min(copied_, pages);  // it may have begun anew
  ended_ = std::min(ended_, pages);
  const bool falls_behind = pages - ended_ >= too_long * limit_;
  if (copying_.valid()) {
    const bool is_ready = copying_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    if (!is_ready && !falls_behind) return;
    copying_.get();
    if (pages - copied_ <= limit_ / few || falls_behind) {
      checkpoint(database);
      // A reader or a reader's old state may keep a part from being copied: then not each time again.
      copied_ = ended_ = pages;
      return;
    }
  } else if (pages - copied_ < limit_) {
    return;
  }
  copied_ = pages;
  copying_ = std::async(std::launch::async, checkpoint_file, path_);
}

void WriteAheadLog::wait_until_copied() {
  if (copying_.valid()) copying_.wait();
}

bool WriteAheadLog::has_room(SqliteDatabase& database) const {
  sqlite3_file* file = file_of_log(database.handle());
  sqlite3_int64 size = 0;
  if (!file || file->pMethods->xFileSize(file, &size) != SQLITE_OK) return true;
  return size >= length_->pages * page_and_header + ahead;
}

/// Bytes that were written, not only reserved: to mark a reserved block as written takes the journal as well.
void WriteAheadLog::make_room(SqliteDatabase& database) const {
  static constexpr std::array<char, 1 << 16> zeros{};
  sqlite3_file* file = file_of_log(database.handle());
  sqlite3_int64 size = 0;
  if (!file || file->pMethods->xFileSize(file, &size) != SQLITE_OK) return;
  for (const sqlite3_int64 end = size + at_once; size < end; size += std::ssize(zeros)) {
    if (file->pMethods->xWrite(file, zeros.data(), zeros.size(), size) != SQLITE_OK) return;
  }
}

}  // namespace convoke
