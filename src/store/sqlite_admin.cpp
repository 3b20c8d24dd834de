#include "store/sqlite_admin.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

#include "store/file_claim.hpp"
#include "store/search_tokenizer.hpp"
#include "store/sqlite_reader.hpp"
#include "store/sqlite_schema.hpp"

namespace convoke {
namespace {

namespace fs = std::filesystem;

constexpr auto busy_timeout = std::chrono::seconds(10);
constexpr int pages_per_step = 4096;

/// Opens a file of ours in the newest form without changing it.
Result<SqliteDatabase> open_ours(const std::string& path) {
  if (!fs::exists(path)) return fail(Errc::not_found, path + ": there is no such file");
  TRY(SqliteDatabase database, SqliteDatabase::open(path, busy_timeout));
  CHECK_OK(teach_search(database));
  TRY(const std::int64_t owner, database.integer("PRAGMA application_id"));
  if (owner != sqlite_application_id) return fail(Errc::conflict, path + ": not a database of convoke");
  return database;
}

Result<std::int64_t> form_of(SqliteDatabase& database) { return database.integer("PRAGMA user_version"); }

std::int64_t size_of(const std::string& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return error ? 0 : static_cast<std::int64_t>(bytes);
}

/// Copies all of `source` as its open read transaction sees it.
Result<void> copy_pages(SqliteDatabase& source, SqliteDatabase& target) {
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (!backup) return fail(Errc::unavailable, sqlite3_errmsg(target.handle()));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = sqlite3_backup_step(backup, pages_per_step);
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return fail(Errc::unavailable, fmt::format("copying failed: {}", sqlite3_errstr(code)));
  return {};
}

/// The copy is on disk when this returns.
Result<void> copy_file(const std::string& from, const std::string& to) {
  TRY(SqliteDatabase source, SqliteDatabase::open(from, busy_timeout));
  CHECK_OK(make_private_file(to));
  TRY(SqliteDatabase target, SqliteDatabase::open(to, busy_timeout));
  // One read transaction throughout: whatever is written meanwhile, the copy is of one moment.
  CHECK_OK(source.execute("BEGIN; SELECT count(*) FROM sqlite_schema"));
  CHECK_OK(copy_pages(source, target));
  return target.execute("PRAGMA journal_mode = DELETE");
}

struct Invariant {
  const char* says;
  const char* violations;  ///< a query that counts them
};

constexpr Invariant invariants[] = {
    {"events without a conversation",
     "SELECT count(*) FROM chat_events e WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.conversation_id = "
     "e.conversation_id)"},
    {"conversations with a wrong number of events",
     "SELECT count(*) FROM conversations c WHERE NOT erased AND events <> (SELECT count(*) FROM chat_events e WHERE "
     "e.conversation_id = c.conversation_id)"},
    {"conversations with events beyond their end",
     "SELECT count(*) FROM conversations c WHERE last_seq < (SELECT max(seq) FROM chat_events e WHERE "
     "e.conversation_id = c.conversation_id)"},
    {"events that follow themselves or a later one", "SELECT count(*) FROM chat_events WHERE parent >= seq"},
    {"turns without a question",
     "SELECT count(*) FROM turns t WHERE NOT EXISTS (SELECT 1 FROM chat_events e WHERE e.id = t.question)"},
    {"branches without a conversation",
     "SELECT count(*) FROM branches b WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.conversation_id = "
     "b.conversation_id)"},
};

}  // namespace

Result<std::vector<std::string>> check_file(const std::string& path) {
  TRY(SqliteDatabase database, open_ours(path));
  TRY(const std::int64_t form, form_of(database));
  if (form > newest_schema()) return fail(Errc::conflict, path + ": written by a newer convoke");
  std::vector<std::string> problems;
  TRY(SqliteStatement check, database.prepare("PRAGMA integrity_check"));
  SqliteRows rows = check.query({});
  for (;;) {
    const auto more = rows.next();
    if (!more) problems.push_back(more.error().message);
    if (!more || !*more) break;
    if (rows.text(0) != "ok") problems.emplace_back(rows.text(0));
  }
  if (form < newest_schema()) return problems;  // the next start brings it forward
  for (const Invariant& invariant : invariants) {
    const auto violations = database.integer(invariant.violations);
    if (!violations) problems.push_back(violations.error().message);
    if (violations && *violations > 0) problems.push_back(fmt::format("{}: {}", invariant.says, *violations));
  }
  return problems;
}

Result<std::int64_t> back_up_file(const std::string& path, const std::string& target) {
  if (fs::exists(target)) return fail(Errc::conflict, target + ": is there already; choose another name");
  if (!fs::exists(path)) return fail(Errc::not_found, path + ": there is no such file");
  const std::string unfinished = target + ".unfinished";
  std::error_code error;
  fs::remove(unfinished, error);
  auto copied = copy_file(path, unfinished);
  if (copied) fs::rename(unfinished, target, error);
  if (copied && error) copied = fail(Errc::unavailable, target + ": " + error.message());
  fs::remove(unfinished, error);
  CHECK_OK(copied);
  return size_of(target);
}

Result<std::string> restore_file(const std::string& copy, const std::string& path) {
  TRY(const auto problems, check_file(copy));
  if (!problems.empty()) return fail(Errc::invalid_input, copy + ": damaged: " + problems.front());
  TRY(const FileClaim claim, FileClaim::make(path));
  std::string kept;
  std::error_code error;
  if (fs::exists(path)) {
    // Whatever its log holds belongs to the old file and must not meet the new one. One too damaged to be opened keeps
    // its log beside it.
    if (auto old = SqliteDatabase::open(path, busy_timeout)) (void)old->integer("PRAGMA wal_checkpoint(TRUNCATE)");
    kept = path + ".before-restore";
    for (int i = 2; fs::exists(kept); ++i) kept = fmt::format("{}.before-restore-{}", path, i);
    fs::rename(path, kept, error);
    if (error) return fail(Errc::unavailable, path + ": " + error.message());
    for (const char* part : {"-wal", "-shm"}) {
      if (fs::exists(path + part)) fs::rename(path + part, kept + part, error);
    }
  }
  CHECK_OK(copy_file(copy, path));
  return kept;
}

Result<std::int64_t> vacuum_file(const std::string& path) {
  TRY(SqliteDatabase database, open_ours(path));
  TRY(const FileClaim claim, FileClaim::make(fs::canonical(path)));
  const std::int64_t before = size_of(path);
  CHECK_OK(database.execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"));
  return before - size_of(path);
}

Result<std::vector<Trim>> plan_trims_of_file(const std::string& path, const RetentionRule& rule) {
  if (!fs::exists(path)) return fail(Errc::not_found, path + ": there is no such file");
  TRY(SqliteReader reader, SqliteReader::open(path, busy_timeout));
  std::vector<Trim> trims;
  std::int64_t after = 0;
  do {
    TRY(TrimPlan plan, reader.plan_trims(rule, after));
    trims.insert(trims.end(), plan.trims.begin(), plan.trims.end());
    after = plan.next;
  } while (after != 0);
  return trims;
}

}  // namespace convoke
