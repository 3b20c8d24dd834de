#pragma once
#include "store/ledger.hpp"
#include "store/sqlite_database.hpp"

namespace convoke {

/// The SQL that creates the ledger's tables, for sqlite_schema. Triggers keep the sums in step with the calls, whoever
/// writes them, and refuse to change or delete a call.
extern const char* const ledger_schema;

/// Writes to the ledger's tables, inside a transaction of the store's writer. Used by its thread only.
class LedgerTables {
 public:
  static Result<LedgerTables> prepare(SqliteDatabase& database);

  Result<void> reserve(const ModelCall& call);
  Result<void> settle(const ModelCall& call);

 private:
  SqliteStatement reserve_, settle_, release_;
};

/// Turns what a process that died left reserved into lost calls. When a file is opened for writing, and only then.
Result<void> settle_lost_calls(SqliteDatabase& database);

/// Copies every call that can still be read from a damaged file into the empty ledger of another, whose sums are made
/// anew. Returns how many places could not be read, each perhaps several calls.
Result<std::int64_t> salvage_calls(SqliteDatabase& from, SqliteDatabase& to);

Result<std::vector<UsageRow>> read_usage(SqliteDatabase& database, const UsageQuery& query);
Result<std::vector<ModelCall>> read_latest_calls(SqliteDatabase& database, int limit);

}  // namespace convoke
