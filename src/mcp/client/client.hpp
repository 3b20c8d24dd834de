#pragma once
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/task.hpp"
#include "mcp/client/client_options.hpp"
#include "mcp/transport/transport.hpp"
#include "mcp/types/prompt.hpp"
#include "mcp/types/resource.hpp"
#include "mcp/types/tool.hpp"

namespace convoke::mcp {

/// Who is at the other end, known once connected.
struct ServerDescription {
  Revision revision = newest_legacy;
  Implementation info{};
  ServerCapabilities capabilities{};
  std::string instructions{};  ///< untrusted text
};

/// What came of starting a tool: its result, or the task that will have it.
using StartedCall = std::variant<CallToolResult, TaskReport>;

/// A connection to one MCP server, of whatever era. Used from the loop of `executor` only.
///
///     Client client(executor, stdio_transport(executor, server, log), options, log);
///     const auto ended = co_await client.run([&]() -> Task<Result<void>> {
///       CO_TRY(const auto tools, co_await client.list_tools());
///       ...
///     });
///
/// While `run` awaits its body, any task of the same loop may call. A call outside of that time, or one that is under
/// way when the connection is lost, fails with `unavailable`. Cancelling the awaiting task cancels the request at the
/// server, best effort. A server's JSON-RPC error becomes `invalid_input` (bad parameters), `not_found` (no such
/// method, tool or resource) or `protocol` (any other), with code and text in the message.
class Client {
 public:
  Client(Executor executor, std::unique_ptr<Transport> transport, ClientOptions options, Log log);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Connects, awaits `body`, and takes the connection down in the order the specification asks for; nothing of it is
  /// left when this returns. The body's own result, or, when the peer is lost or could not be reached, the reason; the
  /// body is cancelled then. May be called again for a fresh connection, also after an error.
  Task<Result<void>> run(std::function<Task<Result<void>>()> body);

  bool connected() const;
  /// Valid once the body has started.
  const ServerDescription& server() const;

  /// Every page of the list. Tools without a usable definition are left out and logged; the others stay.
  Task<Result<std::vector<Tool>>> list_tools(CallOptions options = {});
  Task<Result<std::vector<Prompt>>> list_prompts(CallOptions options = {});
  Task<Result<std::vector<Resource>>> list_resources(CallOptions options = {});
  Task<Result<std::vector<ResourceTemplate>>> list_resource_templates(CallOptions options = {});

  /// Calls a tool. A tool that failed is a result with `is_error`; an error means that no result was had. If the server
  /// makes a task of the call, this looks after the task until it is over, answers what it asks through the host's
  /// callbacks, and cancels it when the caller is cancelled or the deadline passes.
  Task<Result<CallToolResult>> call_tool(std::string name, json::object arguments, CallOptions options = {});

  /// As `call_tool`, but hands out a task instead of waiting for it, and asks for one where the client has to
  /// (2025-11-25: tools listed with task support). A task outlives the connection as far as its server lets it: keep
  /// its id.
  Task<Result<StartedCall>> start_tool(std::string name, json::object arguments, CallOptions options = {});
  /// Looks after a task as `call_tool` does; of `task`, the id and the interval matter.
  Task<Result<CallToolResult>> await_task(TaskReport task, CallOptions options = {});
  Task<Result<TaskReport>> task(std::string id, CallOptions options = {});
  Task<Result<void>> cancel_task(std::string id, CallOptions options = {});
  /// Only 2025-11-25 lists tasks; `not_found` elsewhere.
  Task<Result<std::vector<TaskReport>>> list_tasks(CallOptions options = {});

  Task<Result<GetPromptResult>> get_prompt(std::string name, PromptArguments arguments, CallOptions options = {});
  Task<Result<ReadResourceResult>> read_resource(std::string uri, CallOptions options = {});
  Task<Result<Completion>> complete(CompletionRequest request, CallOptions options = {});

  /// Asks whether the server is alive: `ping`, or in the modern era, which has none, `server/discover`.
  Task<Result<void>> ping(CallOptions options = {});
  /// Asks for the server's log from `level` on; it comes to `ClientEvents::on_log`.
  Task<Result<void>> set_log_level(LoggingLevel level, CallOptions options = {});
  /// Asks to be told when the resource changes, through `ClientEvents::on_resource_updated`.
  Task<Result<void>> subscribe_resource(std::string uri, CallOptions options = {});
  Task<Result<void>> unsubscribe_resource(std::string uri, CallOptions options = {});
  /// Tells a legacy server that the answer of `HostCallbacks::roots` is another now.
  Task<Result<void>> roots_changed();

  /// Any request, by its method; the result as it came, without the era's envelope.
  Task<Result<json::object>> request(std::string method, json::object params, CallOptions options = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convoke::mcp
