#pragma once
#include <string>
#include <string_view>

#include "store/ledger.hpp"

namespace convoke {

/// What databases say differently.
struct SqlDialect {
  std::string_view parameter;       ///< what stands before a parameter's number
  std::string_view is_wanted;       ///< after a conversation's id: it is among those of parameter 4
  std::string_view after_sum = {};  ///< makes a 64-bit number of a sum
};

/// The query for `usage`. Parameters: the first day, the last day, the limit, and, where the query names conversations,
/// those. Columns: a label for each key, then the members of UsageSums in their order.
std::string usage_sql(const UsageQuery& query, const SqlDialect& dialect);

}  // namespace convoke
