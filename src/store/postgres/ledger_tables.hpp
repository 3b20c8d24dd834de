#pragma once
#include "store/ledger.hpp"
#include "store/postgres/connection.hpp"

namespace convoke {

/// The SQL that creates the ledger's tables, for schema.cpp. Triggers keep the sums in step with the calls, whoever
/// writes them, and refuse to change or delete a call.
extern const char* const postgres_ledger_schema;

/// Queue what notes a call before it is sent and after it has ended, within a transaction of the store's writer.
void reserve_call(PostgresConnection& connection, const ModelCall& call, std::int64_t node);
void settle_call(PostgresConnection& connection, const ModelCall& call);

/// Turns what servers that are gone left reserved into lost calls.
Result<void> settle_lost_calls(PostgresConnection& connection);

Result<std::vector<UsageRow>> read_usage(PostgresConnection& connection, const UsageQuery& query);
Result<std::vector<ModelCall>> read_latest_calls(PostgresConnection& connection, int limit);

}  // namespace convoke
