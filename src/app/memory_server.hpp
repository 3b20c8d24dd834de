#pragma once
#include "chat/memory.hpp"
#include "hub/server_transport.hpp"
#include "mcp/server/server.hpp"

namespace convoke {

/// The built-in server under this name offers the user's memory to the model: remember, recall, forget.
std::unique_ptr<mcp::Server> make_memory_server(Memory& memory);

/// How the hub lists it.
ServerEntry memory_server_entry();

/// The way to `server` in this process, and `others` to all that are not built in. `server` must outlive it and belongs
/// to the loop of `executor`.
TransportFactory with_memory_server(TransportFactory others, Executor executor, mcp::Server& server, Log log);

}  // namespace convoke
