#pragma once
#include "app/configuration.hpp"

namespace convoke {

/// Serves the configured MCP servers as one, to the client at our standard input and output, until it leaves or a
/// signal tells us to stop. `configuration` has no problems.
Result<void> serve_mcp(const Configuration& configuration, const Log& log);

}  // namespace convoke
