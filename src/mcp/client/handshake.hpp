#pragma once
#include "mcp/client/session.hpp"

namespace convoke::mcp {

/// Finds out the server's era and opens the session accordingly; afterwards `session.server` tells who is there.
/// Bounded by `ClientOptions::connect_timeout`. `invalid_input` when no revision is common.
Task<Result<void>> shake_hands(Session& session, EraChoice choice);

}  // namespace convoke::mcp
