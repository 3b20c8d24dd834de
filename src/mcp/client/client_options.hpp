#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "mcp/jsonrpc.hpp"
#include "mcp/protocol.hpp"
#include "mcp/types/host.hpp"
#include "mcp/types/implementation.hpp"
#include "mcp/types/task.hpp"
#include "mcp/types/trace.hpp"

namespace convoke::mcp {

/// How a client finds out which era its server speaks.
enum class EraChoice {
  automatic,  ///< ask `server/discover` first; whoever does not know it is legacy
  modern,
  legacy,
};

/// What the host does for its servers. Only what is set is declared as a capability. The functions run on the client's
/// loop, as tasks of the connection: they are cancelled when it ends. An error is told to the server as a refusal.
struct HostCallbacks {
  std::function<Task<Result<SamplingResult>>(SamplingRequest)> sample{};
  std::function<Task<Result<ElicitResult>>(ElicitRequest)> elicit{};
  bool elicit_by_url = false;  ///< `elicit` also understands ElicitRequest::Mode::url
  std::function<Task<Result<std::vector<Root>>>()> roots{};
};

/// A log line of the server. Untrusted text.
struct LogMessage {
  LoggingLevel level = LoggingLevel::info;
  std::string logger{};
  json::value data;
};

/// What the server tells without being asked. Runs on the client's loop and must not block.
struct ClientEvents {
  std::function<void()> on_tools_changed{};
  std::function<void()> on_prompts_changed{};
  std::function<void()> on_resources_changed{};
  std::function<void(const std::string& uri)> on_resource_updated{};
  std::function<void(const LogMessage&)> on_log{};
};

struct ClientOptions {
  Implementation info{"convoke", CONVOKE_VERSION};
  EraChoice era = EraChoice::automatic;
  Revision legacy_revision = newest_legacy;           ///< offered in `initialize`
  std::chrono::milliseconds probe_timeout{3'000};     ///< how long a pipe's silence may mean "modern?"
  std::chrono::milliseconds connect_timeout{30'000};  ///< for the whole handshake
  std::chrono::milliseconds request_timeout{60'000};  ///< of a request whose caller gives no deadline
  int max_pages = 1'000;                              ///< of one list
  int max_input_rounds = 16;                          ///< times a server may ask for more input to one call
  int max_host_requests = 32;                         ///< host callbacks at work at once; one more is refused
  bool tasks = true;                                  ///< modern servers may answer a tool call with a task
  std::optional<LoggingLevel> log_level{};            ///< ask the server for its log from this level on
  HostCallbacks host{};
  ClientEvents events{};
};

struct Progress {
  double progress = 0;
  std::optional<double> total{};
  std::string message{};
};

/// How one call is made.
struct CallOptions {
  /// Passing it ends the call with `timed_out`. Default: now plus `ClientOptions::request_timeout`.
  std::optional<Deadline> deadline{};
  std::function<void(const Progress&)> on_progress{};  ///< for a task, at each change of its report
  TraceContext trace{};                                ///< passed on to the server
  bool use_cache = true;  ///< take what a modern server allowed to keep, while it is fresh; false asks it anew
  /// What is declared for this call alone, in place of what `ClientOptions::host` can do; for those who ask on behalf
  /// of others. Modern only: a legacy client has declared itself once and for all.
  std::optional<ClientCapabilities> capabilities{};
  /// The server's log from this level on, for this call alone. Modern only.
  std::optional<LoggingLevel> log_level{};
  /// The server's log while this call is under way. A server does not say which call a line belongs to: where several
  /// calls want to know, none is told.
  std::function<void(const LogMessage&)> on_log{};
  /// The JSON-RPC error that the call fails with, as the server sent it.
  std::function<void(const jsonrpc::ErrorObject&)> on_refusal{};
  /// Called with each report of the task, if the server made one of the call.
  std::function<void(const TaskReport&)> on_task{};
  /// Answers what the server asks while it works on this call, in place of `ClientOptions::host`; what is declared
  /// stays that of the latter. A legacy server does not say for which call it asks: where calls with different hosts
  /// are under way, `ClientOptions::host` answers. May be used for a moment longer than the call lasts.
  std::shared_ptr<const HostCallbacks> host{};
};

}  // namespace convoke::mcp
