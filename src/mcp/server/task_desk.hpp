#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task_scope.hpp"
#include "mcp/server/tool_task.hpp"

namespace convoke::mcp {

/// Where the tool calls of one endpoint that may become tasks are worked on and asked for. Tasks are found only by the
/// owner they were begun for; those past their time to live are stopped and forgotten. At most
/// `ServerOptions::max_tasks` are kept; one more is refused. Internal to server/.
class TaskDesk {
 public:
  /// The work runs in `scope`, and ends with it.
  TaskDesk(Executor executor, Server& server, TaskScope& scope);

  /// Calls the tool; once the call has become a task it no longer matters whether anybody awaits it. `owner` is a
  /// session's number, or 0 for clients without one. `exhausted` when there are too many.
  Result<std::shared_ptr<ToolTask>> begin(std::uint64_t owner, Caller caller, Peer& requester, json::object params);
  /// As `begin`, for a call that is a task from its start, kept for at most `ttl`.
  Result<std::shared_ptr<ToolTask>> begin_task(std::uint64_t owner, Caller caller, Peer& requester, json::object params,
                                               std::optional<std::chrono::milliseconds> ttl);
  /// A call that was answered without becoming a task.
  void forget(const std::string& id) { tasks_.erase(id); }

  /// The task, or nothing.
  std::shared_ptr<ToolTask> find(std::uint64_t owner, const std::string& id);
  /// All of an owner, by id.
  std::vector<TaskReport> list(std::uint64_t owner);

  // The methods of 2025-11-25. `peer` is asked what a task wants to know while its client waits for the result.
  Task<Answer> legacy(std::uint64_t owner, std::string method, json::object params, Peer& peer);
  // Those of the modern extension.
  Answer modern(const std::string& method, const json::object& params);

 private:
  Result<std::shared_ptr<ToolTask>> make(std::uint64_t owner, Caller caller, Peer& requester,
                                         std::chrono::milliseconds ttl);
  static Task<> work(const Server& server, std::shared_ptr<ToolTask> task, json::object params);
  Task<Answer> legacy_result(std::shared_ptr<ToolTask> task, Peer& peer);
  void drop_expired();

  Executor executor_;
  Server& server_;
  TaskScope& scope_;
  std::map<std::string, std::shared_ptr<ToolTask>> tasks_;
};

/// Ends a call whose request has gone before it became a task.
class StopUnlessTask {
 public:
  StopUnlessTask(TaskDesk& desk, ToolTask& task) : desk_(desk), task_(task) {}
  ~StopUnlessTask() {
    if (task_.is_task()) return;
    task_.stop();
    desk_.forget(task_.terms().id);
  }
  StopUnlessTask(const StopUnlessTask&) = delete;
  StopUnlessTask& operator=(const StopUnlessTask&) = delete;

 private:
  TaskDesk& desk_;
  ToolTask& task_;
};

}  // namespace convoke::mcp
