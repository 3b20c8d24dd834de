#pragma once
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/signal.hpp"
#include "hub/catalogue.hpp"
#include "hub/open_call.hpp"
#include "hub/server_log.hpp"
#include "hub/server_status.hpp"
#include "hub/server_transport.hpp"
#include "limits/retry_policy.hpp"
#include "mcp/client/client.hpp"

namespace convoke {

/// One server and our connection to it: started, watched, restarted with growing pauses, given up in the end. Used from
/// its loop only.
///
///     starting ──▶ ready ──▶ backing_off ──▶ starting ...  ──▶ failed
class ServerConnection {
 public:
  /// What every connection of a hub shares. The references must outlive the connection.
  struct Surroundings {
    const ConnectionSettings& settings;
    const Clock& clock;
    std::function<void()> on_change;  ///< status or tools are different now
  };

  ServerConnection(ServerEntry entry, const TransportFactory& make_transport, Executor executor,
                   Surroundings surroundings, const Log& log);
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  /// Keeps the server connected until cancelled, which takes it down in the order the protocol asks for, or until it is
  /// given up.
  Task<> run();

  /// Calls a tool by the server's own name for it. Never fails; see Toolbox::call. `line` must outlive the call.
  Task<ToolResult> call(ToolCall call, std::string tool, json::object arguments, const CallerLine& line);

  /// Returns once no call is under way.
  Task<> idle();

  const ServerEntry& entry() const { return entry_; }
  const std::string& name() const { return entry_.name; }
  const ServerStatus& status() const { return status_; }
  const ServerTools& tools() const { return tools_; }

 private:
  mcp::ClientOptions client_options();
  Task<Result<void>> serve();
  Task<Result<void>> list_tools();
  Task<Result<void>> watch();
  Task<Result<void>> check_alive();
  bool was_up_for_long() const;
  void become(ServerState state, std::string problem = {});
  std::string words_for(const Error& error) const;

  Executor executor_;
  ServerEntry entry_;
  Surroundings surroundings_;
  Log log_;
  ServerLog server_log_;
  ServerStatus status_;
  ServerTools tools_;
  std::optional<mcp::Client> client_;  ///< none when there is no way to the server
  Signal tools_changed_;
  bool tools_are_stale_ = false;
  std::list<OpenCall*> open_calls_;
  Signal call_ended_;
  std::chrono::steady_clock::time_point ready_since_{};
};

}  // namespace convoke
