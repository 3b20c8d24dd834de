#pragma once
#include "store/sqlite_database.hpp"

namespace convoke {

/// Teaches a connection what the search index needs, before any use of it: the tokenizer `convoke` (unicode61 without
/// accents; pairs of characters in scripts without spaces) and the function `relevance` (BM25 that counts matches only
/// up to a bound, so that common words cost no more than rare ones).
Result<void> teach_search(SqliteDatabase& database);

}  // namespace convoke
