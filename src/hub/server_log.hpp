#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "hub/servers_config.hpp"

namespace convoke {

/// Puts what a server says on its stderr, or logs through the protocol, into our log. It is text from outside, so it is
/// bounded: lines of at most 1 KB without control characters, at most 20 a second; more are counted and left out. The
/// secrets the server was given are blotted out.
class ServerLog {
 public:
  ServerLog(const ServerEntry& server, const Clock& clock, Log log);

  /// `event` is the log's event name, e.g. "server.stderr".
  void write(std::string_view event, std::string_view line);

 private:
  bool may_write();

  const Clock& clock_;
  Log log_;
  std::vector<std::string> secrets_;
  std::chrono::steady_clock::time_point second_began_{};
  int written_ = 0;  ///< in this second
  int left_out_ = 0;
};

}  // namespace convoke
