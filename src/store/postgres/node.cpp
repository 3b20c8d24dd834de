#include "store/postgres/node.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace convoke {
namespace {

constexpr auto patience = 3s;

std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return std::string(name).substr(0, 30);  // PostgreSQL keeps 63 bytes of it all
}

/// When a process began, in ticks since the machine did; empty if there is none: /proc/PID/stat in proc(5).
std::string start_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
  constexpr int start = 20;  // counted from behind the name, which may hold anything
  std::string field;
  for (int i = 0; i < start; ++i) fields >> field;
  return fields ? field : "";
}

}  // namespace

// The lock's first number names the table, its second one the server.
const char* const live_nodes =
    "(SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
    "AND classid = 'convoke_nodes'::regclass AND database = (SELECT oid FROM pg_database "
    "WHERE datname = current_database()))";

Result<std::int64_t> take_node_number(PostgresConnection& connection) {
  static const std::string forget_the_dead =
      fmt::format("DELETE FROM convoke_nodes WHERE seen < now() - interval '7 days' AND node NOT IN {}", live_nodes);
  CHECK_OK(connection.query(forget_the_dead));
  TRY(const PostgresRows number, connection.query("INSERT INTO convoke_nodes DEFAULT VALUES RETURNING node::bigint"));
  return number.integer(0, 0);
}

Result<void> hold_node_number(PostgresConnection& connection, std::int64_t node) {
  TRY(const PostgresRows held,
      connection.query(
          "SELECT pg_advisory_lock(((('convoke_nodes'::regclass::oid::bigint + 2147483648) % 4294967296) - "
          "2147483648)::integer, $1::integer)",
          {node}));
  return {};
}

Result<void> wait_for_dead_nodes(PostgresConnection& connection) {
  for (const Deadline give_up = SteadyClock::now() + patience; SteadyClock::now() < give_up;) {
    TRY(const PostgresRows sessions,
        connection.query("SELECT application_name FROM pg_stat_activity a WHERE datname = current_database() AND "
                         "EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory')"));
    bool waits_for_one = false;
    for (int row = 0; row < sessions.size(); ++row) waits_for_one = waits_for_one || is_dead(sessions.text(row, 0));
    if (!waits_for_one) break;
    std::this_thread::sleep_for(20ms);
  }
  return {};
}

std::string session_name() {
  const std::string pid = std::to_string(getpid());
  return fmt::format("convoke {} {} {}", host_name(), pid, start_of(pid));
}

bool is_dead(const std::string& session) {
  std::istringstream words(session);
  std::string program, host, pid, start;
  words >> program >> host >> pid >> start;
  const bool is_ours = program == "convoke" && host == host_name() && pid.find_first_not_of("0123456789") == pid.npos;
  return words && is_ours && start_of(pid) != start;
}

}  // namespace convoke
