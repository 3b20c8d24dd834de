// A tool call that outlives its request (the protocol's "tasks"): in 2025-11-25 the client asks for one, in 2026-07-28
// the server decides, where the client declared the extension.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "mcp/jsonrpc.hpp"
#include "mcp/types/host.hpp"

namespace convoke::mcp {

/// The id of the extension that tasks are in the modern era.
inline constexpr std::string_view tasks_extension = "io.modelcontextprotocol/tasks";

enum class TaskStatus { working, input_required, completed, failed, cancelled };
std::string_view name_of(TaskStatus status);
std::optional<TaskStatus> task_status_named(std::string_view name);
/// Whether it will never change again.
constexpr bool is_over(TaskStatus status) {
  return status != TaskStatus::working && status != TaskStatus::input_required;
}

/// What a server says about one task.
struct TaskReport {
  std::string id;
  TaskStatus status = TaskStatus::working;
  std::string status_message{};  ///< for people; untrusted
  std::string created_at{};      ///< ISO 8601
  std::string last_updated_at{};
  std::optional<std::chrono::milliseconds> ttl{};            ///< kept this long after its creation; absent: for good
  std::optional<std::chrono::milliseconds> poll_interval{};  ///< ask no more often than this
  std::map<std::string, InputRequest> input_requests{};      ///< modern, while `input_required`: what is still open
  std::optional<json::object> result{};                      ///< modern, once `completed`: of the tool call
  std::optional<jsonrpc::ErrorObject> error{};               ///< modern, once `failed`
};

/// What a creation, a list or a legacy answer says: nothing about the outcome.
json::object legacy_summary(const TaskReport& report);
json::object modern_summary(const TaskReport& report);
/// All of it, as `tasks/get` and `notifications/tasks` say it in the modern era.
json::object modern_details(const TaskReport& report);

/// Reads either era's form. `protocol` without an id or a known status.
Result<TaskReport> task_report_from(const json::object& object);

}  // namespace convoke::mcp
