#pragma once
#include "base/secret.hpp"
#include "store/ledger.hpp"
#include "store/retention.hpp"

namespace convoke {

// What the people who run a server ask of its PostgreSQL database. All block, change nothing, and work beside running
// servers. `unavailable` if the database is out of reach, `not_found` if no server has made its tables yet.

/// What does not go together in the tables, a line each; empty if everything does. Looks at every event.
Result<std::vector<std::string>> check_database(const Secret& url);

/// What has to go by `rule`, or by a conversation's own.
Result<std::vector<Trim>> plan_trims_of_database(const Secret& url, const RetentionRule& rule);

/// Sums of the calls.
Result<std::vector<UsageRow>> usage_in_database(const Secret& url, const UsageQuery& query);

}  // namespace convoke
