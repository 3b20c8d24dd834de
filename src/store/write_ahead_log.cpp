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

}  // namespace

WriteAheadLog::WriteAheadLog(SqliteDatabase& database, int pages) : length_(std::make_unique<Length>()), limit_(pages) {
  sqlite3_wal_hook(database.handle(), note_length, &length_->pages);
}

void WriteAheadLog::tidy(SqliteDatabase& database) {
  // A reader or a reader's old state keeps a part from being copied: then not after every commit again.
  copied_ = std::min(copied_, length_->pages);
  if (length_->pages - copied_ >= limit_) {
    const int code = sqlite3_wal_checkpoint_v2(database.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    copied_ = length_->pages;
    if (code != SQLITE_OK) return;
  }
  // Only who may write knows where the file ends: another program may write as well.
  if (has_room(database) || !database.execute("BEGIN IMMEDIATE")) return;
  make_room(database);
  database.roll_back();
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
