#pragma once
#include <iosfwd>
#include <string>

#include "app/command_line.hpp"
#include "base/environment.hpp"

namespace convoke {

/// `convoke usage`: what calls of models used and cost, from the database, which a server may be writing meanwhile. A
/// table, or JSON or CSV as asked. Returns the exit code.
int show_usage(const UsageCommand& command, const Environment& environment, std::ostream& out, std::ostream& err);

}  // namespace convoke
