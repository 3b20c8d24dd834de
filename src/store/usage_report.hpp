#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/ledger.hpp"

namespace convoke {

/// A question about usage as people and programs write it. Empty members ask for nothing special.
struct UsageRequest {
  std::string by{};     ///< "day", or several with commas: "day,model"
  std::string since{};  ///< "2026-11-01", "today", "month" (its first day), or "7d": that many days with today
  std::string until{};  ///< "2026-11-30"; the last day that counts
};

/// Understands a request. `invalid_input` begins with the member that is wrong and says what was expected. Pure; `now`
/// is the time.
Result<UsageQuery> read_usage_request(const UsageRequest& request, WallTime now);

/// What was asked, its rows and their sum.
struct UsageReport {
  UsageQuery query;
  std::vector<UsageRow> rows;
  UsageSums total{};
};
/// The sum of the rows, which are all there are or the query's limit of them.
UsageReport report_of(UsageQuery query, std::vector<UsageRow> rows);

/// `{"by":["day"],"since":"2026-11-01","until":"","currency":"USD","rows":[…],"total":{…}}`
json::object to_json(const UsageReport& report);
/// A line of names, then one for each row (RFC 4180).
std::string to_csv(const UsageReport& report);
/// Columns for people, the sum below a line.
std::string to_table(const UsageReport& report);

/// What a call or a sum of calls cost, for people: "$0.0123", "unknown", or "$0.01 + 3 unpriced" where a part is.
std::string cost_text(const UsageSums& sums);

}  // namespace convoke
