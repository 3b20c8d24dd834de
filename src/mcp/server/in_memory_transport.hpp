#pragma once
#include <memory>

#include "base/log.hpp"
#include "mcp/server/server.hpp"
#include "mcp/transport/transport.hpp"

namespace convoke::mcp {

/// A client's way to a server in the same process and on the same loop. For tests, and for tools that are part of the
/// host. `server` must outlive the transport.
std::unique_ptr<Transport> in_memory_transport(Executor executor, Server& server, Log log);

}  // namespace convoke::mcp
