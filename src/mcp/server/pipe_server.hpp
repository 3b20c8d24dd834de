#pragma once
#include "base/log.hpp"
#include "mcp/server/server.hpp"
#include "mcp/transport/pipe.hpp"

namespace convoke::mcp {

/// Serves one client, of whatever era, over `pipe` until it leaves; closes the pipe. Requests run side by side, at most
/// 256 at once; one more is refused. When the client stops sending, requests under way get two seconds to end.
Task<> serve_pipe(Server& server, Pipe& pipe, Log log);

}  // namespace convoke::mcp
