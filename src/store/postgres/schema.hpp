#pragma once
#include "store/postgres/connection.hpp"

namespace convoke {

/// Makes the tables in a database, or brings them up to date, one transaction for each step; several servers may start
/// at once. `conflict` if they are of a newer convoke or another program's, `unavailable` if the server is too old or
/// the database cannot hold any text.
Result<void> bring_up_to_date(PostgresConnection& connection);

/// The form of tables this program writes.
int newest_postgres_schema();

/// The servers that have a database open know each other's numbers by the locks they hold for as long as they live.
Result<std::int64_t> take_node_number(PostgresConnection& connection);
Result<void> hold_node_number(PostgresConnection& connection, std::int64_t node);

/// SQL: the numbers that are held.
extern const char* const live_nodes;

}  // namespace convoke
