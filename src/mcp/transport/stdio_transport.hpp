#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "mcp/transport/transport.hpp"

namespace convoke::mcp {

/// A server that is started as a child process and spoken to through its standard streams.
struct StdioServer {
  std::string command;
  std::vector<std::string> arguments{};
  /// Added to, and before, the few variables every server gets: HOME, LOGNAME, PATH, SHELL, TERM, USER, LANG, TMPDIR.
  std::map<std::string, std::string> environment{};
  std::string working_directory{};  ///< empty: ours
  /// Called for each line of its stderr, cut at 64 KiB. Free text; no sign of failure.
  std::function<void(std::string_view line)> on_stderr{};
  /// Called when it takes longer than half a second to end once it was told to: whoever stops a program wonders.
  std::function<void()> on_slow_stop{};
  std::chrono::milliseconds shutdown_grace{2'000};   ///< before SIGTERM, and again before SIGKILL
  std::size_t max_message_bytes = 64 * 1024 * 1024;  ///< a longer line ends the connection with `protocol`
};

std::unique_ptr<Transport> stdio_transport(Executor executor, StdioServer server, Log log);

}  // namespace convoke::mcp
