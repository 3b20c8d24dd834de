#pragma once
#include <memory>
#include <utility>

#include "mcp/transport/pipe.hpp"

namespace convoke::mcp {

/// Two ends of a connection inside one process, on one loop: what one writes, the other reads. For tests, and for
/// servers that are part of the host. Holds at most 1024 unread messages each way; a writer then waits. Closing an end,
/// or destroying it, ends the other's reading after what was written.
std::pair<std::unique_ptr<Pipe>, std::unique_ptr<Pipe>> in_memory_pipes(Executor executor);

}  // namespace convoke::mcp
