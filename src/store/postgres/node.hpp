#pragma once
#include "store/postgres/connection.hpp"

namespace convoke {

// The servers that have a database open know each other: each has a number and holds a lock on it as long as it lives.

/// A number for this server, which no other ever had.
Result<std::int64_t> take_node_number(PostgresConnection& connection);

/// Holds the lock for as long as the connection lasts. Waits for an earlier connection of this server that has it.
Result<void> hold_node_number(PostgresConnection& connection, std::int64_t node);

/// SQL: the numbers that are held.
extern const char* const live_nodes;

/// PostgreSQL needs a moment to notice that a process was killed. Waits for those of this machine, so that a server
/// that is started again at once finds what the last one left behind.
Result<void> wait_for_dead_nodes(PostgresConnection& connection);

/// How a session of this process is called: "convoke HOST PID START".
std::string session_name();
/// True for a process of this machine that is no more.
bool is_dead(const std::string& session_name);

}  // namespace convoke
