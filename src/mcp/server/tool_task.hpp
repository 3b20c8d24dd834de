#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/signal.hpp"
#include "mcp/server/methods.hpp"
#include "mcp/types/task.hpp"

namespace convoke::mcp {

/// A tool call that may outlive its request. Shared by the coroutine that works on it, the request that started it, and
/// the desk where clients ask for it; used from one loop only. Internal to server/.
class ToolTask {
 public:
  struct Terms {
    std::string id;
    std::uint64_t owner = 0;  ///< whoever else asks finds nothing
    std::chrono::milliseconds ttl{};
    std::chrono::milliseconds poll_interval{};
  };

  /// `requester` is spoken to only until this becomes a task. `on_change` is called at every change of the report.
  ToolTask(Executor executor, Terms terms, Caller caller, Peer& requester, std::function<void()> on_change);
  ToolTask(const ToolTask&) = delete;
  ToolTask& operator=(const ToolTask&) = delete;

  const Terms& terms() const { return terms_; }
  RequestContext& context() { return context_; }

  // For the handler, through its context.
  bool is_task() const { return is_task_; }
  void become_task();
  void describe(std::string words);
  /// Puts a question to the client, who finds it when it next asks how the task is.
  Task<Result<jsonrpc::Response>> ask(std::string method, json::object params);

  // For whoever works on it.
  void finish(Answer answer);
  Task<> stopped();

  // For the request that started it.
  /// Waits until the answer is there or the call has become a task.
  Task<> settled();
  const std::optional<Answer>& answer() const { return answer_; }
  /// Nobody wants the work any more.
  void stop();

  // For clients that ask for it.
  TaskReport report() const;
  bool has_expired() const { return SteadyClock::now() >= expires_; }
  /// Unknown keys, and those that were answered before, are ignored.
  void answer_input(const std::string& key, jsonrpc::Response response);
  Task<> changed() { return changed_.wait(); }

 private:
  void touch(TaskStatus status);

  Terms terms_;
  std::function<void()> on_change_;
  RequestContext context_;
  bool is_task_ = false;
  bool is_stopped_ = false;
  TaskReport report_;
  Deadline expires_;
  std::optional<Answer> answer_;
  std::map<std::string, InputRequest> open_;  ///< asked, not answered
  std::map<std::string, jsonrpc::Response> answered_;
  std::size_t asked_ = 0;
  Signal changed_;
};

}  // namespace convoke::mcp
