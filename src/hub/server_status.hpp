#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "limits/circuit_breaker.hpp"

namespace convoke {

enum class ServerState {
  disabled,             ///< by the configuration
  starting,             ///< being started or reached, up to the first list of its tools
  ready,                ///< its tools can be called
  backing_off,          ///< lost; will be started again
  needs_authorization,  ///< a person must allow us to use it; tried again once they have
  failed,               ///< given up after too many attempts
};
std::string_view name_of(ServerState state);
std::optional<ServerState> server_state_named(std::string_view name);

/// One server as /health and people see it.
struct ServerStatus {
  std::string name;
  ServerState state = ServerState::starting;
  int tools = 0;          ///< that can be called now
  int prompts = 0;        ///< that can be had now
  int resources = 0;      ///< and templates of such
  std::string problem{};  ///< why it is not ready, in one line; without secrets
  int restarts = 0;       ///< since the program started
  limits::CircuitBreaker::State breaker =
      limits::CircuitBreaker::State::closed;  ///< open: it rests after failing again and again
  std::string revision{};                     ///< of the protocol, e.g. "2025-11-25"; "" before the first connection
  std::string software{};                     ///< what the server says it is, e.g. "files 1.2.0"; untrusted
  bool operator==(const ServerStatus&) const = default;
};

}  // namespace convoke
