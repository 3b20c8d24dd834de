#pragma once
#include <string>

#include "app/configuration.hpp"
#include "mcp/auth/file_credential_store.hpp"

namespace convoke {

/// What servers' authorization left us with, as the configuration says where.
mcp::FileCredentialStore credential_store(const McpConfig& config, const Log& log);

// The commands of `convoke mcp`. `configuration` has no problems; what they tell goes to standard output.

/// Serves the configured MCP servers as one, to the client at our standard input and output, until it leaves or a
/// signal tells us to stop.
Result<void> serve_mcp(const Configuration& configuration, const Log& log);

/// Tells of every server, whether it is connected and what it offers: as the running server sees them, or, when there
/// is none, by connecting to them.
Result<void> list_mcp(const Configuration& configuration, const Log& log);

/// Has a person authorize us at the server, in a browser that is opened for them or by the address that is printed.
Result<void> log_in(const Configuration& configuration, const std::string& server, bool opens_browser, const Log& log);

/// Lists what was approved for the rest of a conversation; of that, first forgets what `forget` names, if it is not
/// empty. A running server forgets it too.
Result<void> show_approvals(const Configuration& configuration, const std::string& forget);

/// Forgets the tokens for the server.
Result<void> log_out(const Configuration& configuration, const std::string& server, const Log& log);

}  // namespace convoke
