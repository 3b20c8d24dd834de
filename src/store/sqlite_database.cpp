#include "store/sqlite_database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace convoke {
namespace {

/// What the system said last about the database's log or its file. SQLite notes what it said at the end, when other
/// calls have been made, or nothing: so what people can do something about comes first, and what SQLite noted last.
int last_error_of_system(sqlite3* handle) {
  std::array<int, 3> errors{0, 0, sqlite3_system_errno(handle)};
  const std::array operations{SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};
  for (std::size_t i = 0; i < operations.size(); ++i) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(handle, "main", operations[i], static_cast<void*>(&file));
    if (file && file->pMethods) file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &errors[i]);
  }
  for (const int cause : {ENOSPC, EDQUOT, EROFS}) {
    if (std::ranges::find(errors, cause) != errors.end()) return cause;
  }
  const auto known = std::ranges::find_if(errors, [](int error) { return error != 0; });
  return known == errors.end() ? 0 : *known;
}

/// Why a file is there and cannot be opened for writing.
std::string circumstance_of_read_only(const std::string& path) {
  const bool by_the_disk = access(path.c_str(), W_OK) != 0 && errno == EROFS;
  return by_the_disk ? "the disk is read-only" : "it may not be written to";
}

/// Why the system would not read or write.
std::string circumstance_of_system(sqlite3* handle, int code) {
  switch (const int cause = last_error_of_system(handle)) {
    case ENOSPC:
    case EDQUOT: return "the disk is full";
    case EROFS: return "the disk is read-only";
    case 0: return fmt::format("{} ({})", sqlite3_errmsg(handle), sqlite3_errstr(code));
    default: return fmt::format("{} ({})", sqlite3_errmsg(handle), strerrordesc_np(cause));
  }
}

/// What the people who run the server can do something about, in their words; empty for our own mistakes.
std::string circumstance(sqlite3* handle, int code) {
  // SQLite keeps no word of the system about this one.
  if (code == SQLITE_IOERR_SHMSIZE) return "the -shm file beside it cannot grow; is the disk full?";
  switch (code & 0xff) {
    case SQLITE_FULL: return "the disk is full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "locked by another program";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return "it may not be written to";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return fmt::format("damaged, or not an SQLite file ({})", sqlite3_errmsg(handle));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL: return circumstance_of_system(handle, code);
    default: return {};
  }
}

std::unexpected<Error> failure_of(sqlite3* handle) {
  const int code = sqlite3_extended_errcode(handle);
  const char* file = sqlite3_db_filename(handle, "main");
  const std::string name = file ? file : "the database";
  const std::string why = circumstance(handle, code);
  if (!why.empty()) return fail(Errc::unavailable, name + ": " + why);
  return fail(Errc::internal, fmt::format("{}: {} ({})", name, sqlite3_errmsg(handle), sqlite3_errstr(code)));
}

void bind_one(sqlite3_stmt* statement, int index, const SqliteValue& value) {
  std::visit(Overloaded{
                 [&](std::nullptr_t) { sqlite3_bind_null(statement, index); },
                 [&](std::int64_t number) { sqlite3_bind_int64(statement, index, number); },
                 [&](std::string_view text) {
                   // A null pointer would bind NULL, not the empty text.
                   const char* bytes = text.empty() ? "" : text.data();
                   sqlite3_bind_text64(statement, index, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
                 },
             },
             value);
}

}  // namespace

SqliteRows::~SqliteRows() { sqlite3_reset(statement_); }

Result<bool> SqliteRows::next() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return failure_of(sqlite3_db_handle(statement_));
  }
}

bool SqliteRows::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t SqliteRows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view SqliteRows::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {bytes, bytes ? static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void SqliteStatement::bind(std::initializer_list<SqliteValue> parameters) {
  int index = 0;
  for (const SqliteValue& parameter : parameters) bind_one(statement_.get(), ++index, parameter);
}

Result<void> SqliteStatement::run(std::initializer_list<SqliteValue> parameters) {
  bind(parameters);
  Result<void> outcome;
  if (sqlite3_step(statement_.get()) != SQLITE_DONE) outcome = failure_of(sqlite3_db_handle(statement_.get()));
  sqlite3_reset(statement_.get());
  return outcome;
}

SqliteRows SqliteStatement::query(std::initializer_list<SqliteValue> parameters) {
  bind(parameters);
  return SqliteRows(statement_.get());
}

void SqliteDatabase::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<SqliteDatabase> SqliteDatabase::open(const std::string& path, std::chrono::milliseconds busy_timeout) {
  // Nobody reads SQLite's memory statistics, and keeping them costs an append a tenth of its time.
  [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  SqliteDatabase database(handle);
  if (code != SQLITE_OK) {
    if (!handle) return fail(Errc::unavailable, path + ": out of memory");
    const std::string why = circumstance(handle, code);
    return fail(Errc::unavailable, path + ": " + (why.empty() ? sqlite3_errmsg(handle) : why));
  }
  if (sqlite3_db_readonly(handle, "main"))
    return fail(Errc::unavailable, path + ": " + circumstance_of_read_only(path));
  database.set_busy_timeout(busy_timeout);
  return database;
}

Result<void> SqliteDatabase::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure_of(handle_.get());
  }
  return {};
}

Result<std::int64_t> SqliteDatabase::integer(const std::string& sql) {
  TRY(SqliteStatement statement, prepare(sql));
  SqliteRows rows = statement.query({});
  TRY(const bool found, rows.next());
  return found ? rows.integer(0) : 0;
}

Result<SqliteStatement> SqliteDatabase::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int length = static_cast<int>(sql.size());
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), length, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    return failure_of(handle_.get());
  }
  return SqliteStatement(statement);
}

std::int64_t SqliteDatabase::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

std::int64_t SqliteDatabase::changes() const { return sqlite3_changes64(handle_.get()); }

std::int64_t SqliteDatabase::total_changes() const { return sqlite3_total_changes64(handle_.get()); }

void SqliteDatabase::set_busy_timeout(std::chrono::milliseconds timeout) {
  sqlite3_busy_timeout(handle_.get(), static_cast<int>(timeout.count()));
}

void SqliteDatabase::roll_back() {
  // Some failures have rolled back already; that this one then fails is of no interest.
  if (!sqlite3_get_autocommit(handle_.get())) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void SqliteDatabase::stop_when(const std::function<bool()>* stop) {
  constexpr int instructions = 200;  // of SQLite's own machine
  const auto ask = [](void* function) { return (*static_cast<const std::function<bool()>*>(function))() ? 1 : 0; };
  if (stop) {
    sqlite3_progress_handler(handle_.get(), instructions, ask, const_cast<std::function<bool()>*>(stop));
  } else {
    sqlite3_progress_handler(handle_.get(), 0, nullptr, nullptr);
  }
}

}  // namespace convoke
