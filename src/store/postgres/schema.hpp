#pragma once
#include "store/postgres/connection.hpp"

namespace convoke {

/// Makes the tables in a database, or brings them up to date, one transaction for each step; several servers may start
/// at once. `conflict` if they are of a newer convoke or another program's, `unavailable` if the server is too old or
/// the database cannot hold any text.
Result<void> bring_up_to_date(PostgresConnection& connection);

/// The form of the tables in a database; 0 if there are none.
Result<std::int64_t> form_of(PostgresConnection& connection);

/// The form of tables this program writes.
int newest_postgres_schema();

}  // namespace convoke
