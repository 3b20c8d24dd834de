#pragma once
#include "base/result.hpp"
#include "net/keeper.hpp"

namespace convoke::net {

/// Has a keeper started, which says by `files.control` how that went. The files remain the caller's. Starts the watch,
/// if none runs. From any thread. `exhausted` when the system gives no more processes or files.
Result<void> start_keeper(const KeeperFiles& files);

}  // namespace convoke::net
