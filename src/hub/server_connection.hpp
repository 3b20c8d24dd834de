#pragma once
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/signal.hpp"
#include "hub/call_questions.hpp"
#include "hub/catalogue.hpp"
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
///         └──▶ needs_authorization ──▶ starting
class ServerConnection {
 public:
  /// What every connection of a hub shares. The references must outlive the connection.
  struct Surroundings {
    const ConnectionSettings& settings;
    const Clock& clock;
    std::function<void()> on_change;  ///< status or tools are different now
    std::function<void(const std::string& server, const std::string& uri)> on_resource_updated{};
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

  // Requests by the server's own names. Each has `call_timeout` for its answer, which every sign of progress extends,
  // up to `longest_call`; `unavailable` while the server is down.
  Task<Result<mcp::CallToolResult>> call_tool(std::string tool, json::object arguments, mcp::CallOptions options);
  Task<Result<mcp::GetPromptResult>> get_prompt(std::string prompt, mcp::PromptArguments arguments,
                                                mcp::CallOptions options);
  Task<Result<mcp::ReadResourceResult>> read_resource(std::string uri, mcp::CallOptions options);
  Task<Result<mcp::Completion>> complete(mcp::CompletionRequest request, mcp::CallOptions options);

  /// Asks the server, now and whenever it is connected again, to tell when the resource changes; or no longer.
  Task<> watch_resource(std::string uri, bool wanted);

  /// What we may do at servers is not what it was: connects again if it waits for a person to authorize us, and finds
  /// out whether a connected server still takes us.
  void authorization_changed();

  /// Returns once no call is under way.
  Task<> idle();

  const ServerEntry& entry() const { return entry_; }
  const std::string& name() const { return entry_.name; }
  const ServerStatus& status() const { return status_; }
  const ServerOffer& offer() const { return offer_; }

 private:
  /// A call under way, and who answers what the server asks during it.
  struct OpenCall {
    std::string conversation;
    std::shared_ptr<const mcp::HostCallbacks> host;
  };

  /// The lists that are others now than when we asked for them.
  struct Stale {
    bool tools = false;
    bool prompts = false;
    bool resources = false;
    bool any() const { return tools || prompts || resources; }
  };

  mcp::ClientOptions client_options();
  mcp::HostCallbacks host_for_all();
  std::shared_ptr<const mcp::HostCallbacks> only_host() const;
  Task<Result<void>> serve();
  Task<Result<void>> list_tools();
  Task<Result<void>> list_prompts();
  Task<Result<void>> list_resources();
  Task<> list_what_is_stale();
  Task<> subscribe(std::string uri, bool wanted);
  Task<> subscribe_to_watched();
  Task<> lower_log_level(mcp::LoggingLevel level);
  mcp::CallOptions with_roots(mcp::CallOptions options) const;
  void note_change(bool Stale::* list);
  Task<Result<void>> watch();
  Task<Result<void>> check_alive();
  void find_out_if_alive();
  bool was_up_for_long() const;
  void note(limits::Health health);
  std::chrono::milliseconds pause_before_attempt(int next_attempt) const;
  void become(ServerState state, std::string problem = {});
  void tell(ServerState state);
  std::string words_for(const Error& error) const;
  ToolResult with_hint(ToolResult result);
  std::string gave_no_result(std::chrono::milliseconds within) const;
  Error not_running() const;
  template <class T>
  Task<Result<T>> use(mcp::CallOptions options, std::function<Task<Result<T>>(mcp::CallOptions)> request);

  Executor executor_;
  ServerEntry entry_;
  Surroundings surroundings_;
  Log log_;
  ServerLog server_log_;
  ServerStatus status_;
  ServerStatus told_{};  ///< what the log knows
  std::set<std::string> told_problems_;
  bool told_older_hint_ = false;
  limits::CircuitBreaker breaker_{};
  bool recheck_ = false;   ///< whether the server is there and takes us, at once
  bool is_probe_ = false;  ///< the attempt to connect that is under way is the breaker's probe
  ServerOffer offer_;
  std::optional<mcp::Client> client_;  ///< none when there is no way to the server
  Stale stale_;
  std::set<std::string> watched_;               ///< resources
  std::optional<mcp::LoggingLevel> log_level_;  ///< asked of a legacy server on this connection
  Signal list_changed_;
  Signal authorized_;
  int calls_in_flight_ = 0;
  std::list<OpenCall> open_calls_;  ///< of callers who can be asked
  Signal call_ended_;
  std::chrono::steady_clock::time_point ready_since_{};
};

}  // namespace convoke
