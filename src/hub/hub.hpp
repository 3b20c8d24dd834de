#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "base/task_scope.hpp"
#include "hub/server_connection.hpp"
#include "hub/toolbox.hpp"

namespace convoke {

/// The MCP servers we are connected to, and their tools as one toolbox. The connections live on one loop; `tools`,
/// `servers` and `call` may be used from any loop while that one runs.
///
///     Hub hub(entries, config.mcp.connection, executor, real_transports(executor, http, log), clock, log);
///     co_await hub.run();   // until cancelled
class Hub final : public Toolbox {
 public:
  /// `executor` is the loop that owns every connection. `clock` must outlive the hub.
  Hub(std::vector<ServerEntry> servers, ConnectionSettings settings, Executor executor,
      const TransportFactory& make_transport, const Clock& clock, Log log);
  ~Hub() override;
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Starts every enabled server, all side by side, and keeps them running until cancelled; then takes all of them down
  /// at once, each in the order the protocol asks for and within its time, and returns when none is left. To be awaited
  /// on the loop of `executor`. Calls under way then end with an error result.
  Task<> run();

  /// Makes `servers` the ones we are connected to: new ones are started, those that are gone or changed are taken down,
  /// all others are left alone. From any loop, while `run` runs; does not wait for the servers.
  Task<> apply(std::vector<ServerEntry> servers);

  std::shared_ptr<const std::vector<Tool>> tools() const override;
  Task<ToolResult> call(ToolCall call, ToolCaller& caller) override;

  /// All that the servers offer now. From any loop.
  std::shared_ptr<const Catalogue> catalogue() const;

  // Requests by the catalogue's names, from any loop; cancelling the caller cancels the request at the server.
  // `options` run on the loop of the connections; a deadline in them is not used. Errors have words for people and
  // models: `not_found` for an unknown name, `unavailable` while the server is down, `timed_out`, else what the server
  // said.
  Task<Result<mcp::CallToolResult>> call_tool(std::string name, json::object arguments, mcp::CallOptions options = {});
  Task<Result<mcp::GetPromptResult>> get_prompt(std::string name, mcp::PromptArguments arguments,
                                                mcp::CallOptions options = {});
  /// `uri` need not be listed; see `resource_route`.
  Task<Result<mcp::ReadResourceResult>> read_resource(std::string uri, mcp::CallOptions options = {});
  /// Values for an argument of a prompt, or for a variable of a resource template.
  Task<Result<mcp::Completion>> complete(mcp::CompletionRequest request, mcp::CallOptions options = {});

  /// Has `on_resource_updated` hear when the resource changes, until it is called with `wanted` false. Nothing happens
  /// while there is no such resource: call it again when the catalogue is another. From any loop.
  Task<> watch_resource(std::string uri, bool wanted);
  /// `listener` gets a server's name and its own name of a resource. On the loop of the connections.
  void on_resource_updated(std::function<void(const std::string& server, const std::string& uri)> listener) {
    resource_updated_ = std::move(listener);
  }

  /// In the order of the configuration.
  std::vector<ServerStatus> servers() const;

  /// Credentials were added or taken away: connects again to the servers that wait for a person to authorize us, and
  /// finds out which of the others still take us. From any loop.
  Task<> authorization_changed();
  /// What the configuration says of a server. On the loop of the connections only.
  std::optional<ServerEntry> entry(const std::string& server);

  /// Returns when servers or catalogue may have changed; false once `deadline` has passed without. On the loop of the
  /// connections only.
  Task<bool> changed(Deadline deadline = Deadline::max()) { return published_.wait_until(deadline); }

 private:
  /// What other loops see. Immutable once published.
  struct View {
    Catalogue catalogue;
    std::vector<ServerStatus> servers;
  };

  /// A connection, for as long as its server is configured.
  struct Member {
    std::unique_ptr<ServerConnection> connection;
    std::unique_ptr<Signal> dismissal;
    bool dismissed = false;
  };

  Task<> serve(Member& member);
  Task<> start_members();
  void replace_members(std::vector<ServerEntry> servers);
  Member& add_member(ServerEntry entry);
  ServerConnection* connection(const std::string& server);
  template <class T>
  Task<Result<T>> at_server(std::string server, std::function<Task<Result<T>>(ServerConnection&)> request);
  void publish();
  std::shared_ptr<const View> view() const;

  ConnectionSettings settings_;
  Executor executor_;
  TransportFactory make_transport_;
  const Clock& clock_;
  Log log_;
  TaskScope scope_;
  Signal published_;
  std::function<void(const std::string& server, const std::string& uri)> resource_updated_;
  std::list<Member> members_;  ///< in the order of the configuration; dismissed ones until they are gone
  mutable std::mutex mutex_;
  std::shared_ptr<const View> view_;  // guarded by mutex_
};

}  // namespace convoke
