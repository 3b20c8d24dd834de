#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "base/log.hpp"
#include "base/signal.hpp"
#include "base/task_scope.hpp"
#include "mcp/client/client.hpp"
#include "mcp/client/host_desk.hpp"
#include "mcp/client/known_tools.hpp"
#include "mcp/client/response_cache.hpp"
#include "mcp/codec/client_codec.hpp"
#include "mcp/codec/tool_headers.hpp"

namespace convoke::mcp {

/// What happens on a connection: request ids, deadlines, cancellation, progress, and the dispatch of what the server
/// sends by itself. Outlives the connection, since calls of others may still unwind when that is over. Internal to
/// client/.
class Session {
 public:
  Session(Executor executor, Transport& transport, const ClientOptions& options, Log log);

  /// A connection begins; `tasks` is its scope, until `end`.
  void begin(TaskScope& tasks);
  void end() { tasks_ = nullptr; }

  /// A request with its envelope, its rounds of input and its deadline; the complete result.
  Task<Result<json::object>> request(std::string method, json::object params, CallOptions options);

  /// Calls a tool; as a task if the server wants that, or, of a legacy server, if `as_task` and it is able to.
  using CallOutcome = std::variant<json::object, TaskReport>;
  Task<Result<CallOutcome>> start_call(std::string tool, json::object arguments, bool as_task, CallOptions options);
  /// As `start_call`, and then looks after the task.
  Task<Result<CallToolResult>> finish_call(std::string tool, json::object arguments, bool as_task, CallOptions options);
  /// A result that breaks the promise of the tool's output schema becomes one that says so.
  Result<CallToolResult> read_call_result(const std::string& tool, const json::object& result) const;
  /// A legacy server refuses to call it otherwise.
  bool must_be_task(const std::string& tool) const;

  Task<Result<TaskReport>> task(std::string id, CallOptions options);
  Task<Result<void>> cancel_task(std::string id, CallOptions options);
  /// Until it is over: its result. Unwinding, or its deadline, cancels the task.
  Task<Result<json::object>> await_task(TaskReport report, CallOptions options);

  /// One request and its response, whatever that says. Without a deadline in `options`, which must outlive it, it waits
  /// for ever. Unwinding tells the server that nobody waits any more.
  Task<Result<jsonrpc::Response>> exchange(std::string method, json::object params, const CallOptions& options);

  /// Every page of the server's tools, without those that the transport cannot carry.
  Task<Result<std::vector<Tool>>> list_tools(CallOptions options);
  /// Sees to it that the tool's definition is known, where the call needs it.
  Task<Result<void>> prepare_call(const std::string& tool, const CallOptions& options);
  bool is_prepared_for(const std::string& tool) const { return !needs_headers() || tool_headers_.knows(tool); }

  Task<Result<void>> notify(std::string method, json::object params);

  /// What came without being asked for.
  void take(jsonrpc::Message message);

  /// The revision spoken from now on.
  void speak(Revision revision);
  Revision revision() const { return codec_.revision(); }
  Era era() const { return codec_.era(); }
  /// What is declared in the revision spoken now.
  const json::object& capabilities() const { return codec_.capabilities(); }

  /// Keeps a modern server's change notifications coming. Runs until cancelled.
  Task<> listen();
  /// The next `listen` asks for these too.
  void watch(std::string uri, bool wanted);

  Deadline deadline_of(const CallOptions& options) const;
  Transport& transport() { return transport_; }
  const ClientOptions& options() const { return options_; }
  const Log& log() const { return log_; }

  ServerDescription server{};
  std::optional<LoggingLevel> log_level{};

 private:
  class Call;
  Task<> tell_cancelled(std::int64_t id);
  class TaskWatch;
  Task<> give_up_task(std::string id);
  static Result<json::object> outcome_of(TaskReport report);
  /// Answers what the task wants to know, each question once.
  Task<Result<void>> answer_task(const TaskReport& report, std::set<std::string>& answered, CallOptions options);
  Task<Result<CallOutcome>> rounds(std::string method, json::object params, const CallOptions& options);
  void take_notification(const jsonrpc::Notification& notification);
  void take_progress(const json::object& params);
  void take_log(const json::object& params);
  void take_request(jsonrpc::Request request);
  Task<Result<void>> listen_until_changed();
  json::object listen_filter() const;
  bool closing_cancels() const;
  bool needs_headers() const;
  /// The host of the calls under way, if all of them have the same.
  std::shared_ptr<const HostCallbacks> asking_host() const;
  void keep_usable(std::vector<Tool>& tools);

  Transport& transport_;
  const ClientOptions& options_;
  TaskScope* tasks_ = nullptr;  ///< while connected
  Log log_;
  HostDesk host_;
  ClientCodec codec_;
  ToolHeaders tool_headers_{};
  KnownTools known_tools_;
  SystemClock clock_{};
  ResponseCache cache_;
  std::int64_t next_id_ = 1;
  std::map<std::int64_t, std::function<void(const Progress&)>> progress_;
  std::map<std::int64_t, std::function<void(const LogMessage&)>> logs_;
  std::map<std::int64_t, std::shared_ptr<const HostCallbacks>>
      hosts_;  ///< of calls under way that a server may ask for
  std::vector<std::string> watched_;
  Signal watched_changed_;
};

/// What the options, and the host's callbacks among them, allow to declare.
ClientCapabilities capabilities_of(const ClientOptions& options);

}  // namespace convoke::mcp
