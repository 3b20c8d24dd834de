#pragma once
#include <iosfwd>

#include "app/command_line.hpp"
#include "app/config.hpp"
#include "base/environment.hpp"
#include "store/retention.hpp"

namespace convoke {

/// What has to go by the configuration at `now`.
RetentionRule retention_rule(const PersistenceConfig& config, WallTime now);

/// `convoke db ACTION`: looks after the file of a server. Returns the exit code.
int look_after_database(const DbCommand& command, const Environment& environment, std::ostream& out, std::ostream& err);

}  // namespace convoke
