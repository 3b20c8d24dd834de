#pragma once
#include <memory>

#include "mcp/transport/pipe.hpp"

namespace convoke::mcp {

/// The standard streams of this process, as a server sees its client. Taken over for good: from here on standard output
/// carries messages only, and whatever else is printed to it goes to standard error. `internal` when that cannot be set
/// up. To be called once, before anything else is printed.
Result<std::unique_ptr<Pipe>> stdio_pipe(Executor executor);

}  // namespace convoke::mcp
