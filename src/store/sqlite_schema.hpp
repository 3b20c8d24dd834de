#pragma once
#include "store/sqlite_database.hpp"

namespace convoke {

/// Makes sure that `database` holds our tables in the newest form: creates them in an empty file and brings an older
/// one forward, step by step, each step whole or not at all. `conflict` for a file of a newer program or one that holds
/// something else; such a file is not touched.
Result<void> bring_up_to_date(SqliteDatabase& database, const std::string& path);

/// What makes a file ours: "Cnvk", kept in its header.
inline constexpr std::int64_t sqlite_application_id = 0x436e766b;

/// The form of the tables this program knows.
int newest_schema();

}  // namespace convoke
