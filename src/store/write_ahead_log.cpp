#include "store/write_ahead_log.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace convoke {
namespace {

constexpr sqlite3_int64 page_and_header = 4096 + 24;
constexpr sqlite3_int64 ahead = 1 << 20;    // of zeros that must be there
constexpr sqlite3_int64 at_once = 4 << 20;  // to be added when they are not

int note_length(void* pages, sqlite3*, const char*, int now) {
  *static_cast<int*>(pages) = now;
  return SQLITE_OK;
}

sqlite3_file* file_of_log(sqlite3* handle) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&file));
  return file && file->pMethods ? file : nullptr;
}

/// Returns how many pages of the log are in the database's file then.
int copy_back(SqliteDatabase& database) {
  int copied = 0;
  sqlite3_wal_checkpoint_v2(database.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, &copied);
  return std::max(copied, 0);
}

int copy_beside_writer(const std::string& path) {
  auto database = SqliteDatabase::open(path, std::chrono::milliseconds(0));
  // A connection knows of the log once it has read the file.
  const bool knows_log = database && database->integer("SELECT count(*) FROM sqlite_schema");
  return knows_log ? copy_back(*database) : 0;
}

}  // namespace

WriteAheadLog::WriteAheadLog(SqliteDatabase& database, std::string path, int pages)
    : path_(std::move(path)), limit_(pages), length_(std::make_unique<Length>()), next_(pages) {
  sqlite3_wal_hook(database.handle(), note_length, &length_->pages);
}

void WriteAheadLog::tidy(SqliteDatabase& database) {
  copy_if_due(database);
  // Only who may write knows where the file ends: another program may write as well.
  if (has_room(database) || !database.execute("BEGIN IMMEDIATE")) return;
  make_room(database);
  database.roll_back();
}

/// The log begins anew once all of it is copied, which a thread beside a busy writer never sees: so the writer does the
/// rest itself when little is left, and all of it when the thread cannot keep up.
void WriteAheadLog::copy_if_due(SqliteDatabase& database) {
  const int pages = length_->pages;
  const bool is_far_behind = pages >= 4 * limit_;
  if (copying_.valid()) {
    if (!is_far_behind && copying_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
    copied_ = copying_.get();
  }
  if (pages < seen_) {  // it has begun anew
    next_ = limit_;
    copied_ = 0;
  }
  seen_ = pages;
  if (pages < next_) return;
  const int rest = limit_ / 8 + 1;
  next_ = pages + rest;
  if (pages - copied_ > rest && !is_far_behind) {
    copying_ = std::async(std::launch::async, copy_beside_writer, path_);
  } else {
    copied_ = copy_back(database);
  }
}

bool WriteAheadLog::has_room(SqliteDatabase& database) const {
  sqlite3_file* file = file_of_log(database.handle());
  sqlite3_int64 size = 0;
  if (!file || file->pMethods->xFileSize(file, &size) != SQLITE_OK) return true;
  // Once it is long enough to be copied, it begins anew.
  const sqlite3_int64 used = std::min(length_->pages, limit_) * page_and_header;
  return size >= used + ahead;
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
