#include "mcp/types/task.hpp"

#include <algorithm>
#include <array>

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 5> status_names{"working", "input_required", "completed", "failed", "cancelled"};

json::value milliseconds_or_null(std::optional<milliseconds> span) {
  if (!span) return nullptr;
  return static_cast<std::int64_t>(span->count());
}

json::object summary(const TaskReport& report, std::string_view ttl, std::string_view poll_interval) {
  json::object object{{"taskId", report.id}, {"status", name_of(report.status)}};
  fields::put(object, "statusMessage", report.status_message);
  object["createdAt"] = report.created_at;
  object["lastUpdatedAt"] = report.last_updated_at;
  object[ttl] = milliseconds_or_null(report.ttl);
  if (report.poll_interval) object[poll_interval] = milliseconds_or_null(report.poll_interval);
  return object;
}

std::optional<milliseconds> span_of(const json::object& object, std::string_view modern, std::string_view legacy) {
  auto count = find_integer(object, modern);
  if (!count) count = find_integer(object, legacy);
  if (!count || *count < 0) return std::nullopt;
  constexpr std::int64_t longest = std::int64_t{10} * 365 * 24 * 3600 * 1000;  // beyond ten years: no clock overflows
  return milliseconds(std::min(*count, longest));
}

std::optional<jsonrpc::ErrorObject> error_in(const json::object& object) {
  const json::object* error = find_object(object, "error");
  if (!error) return std::nullopt;
  jsonrpc::ErrorObject read{static_cast<int>(find_integer(*error, "code").value_or(0)),
                            string_or_empty(*error, "message")};
  if (const json::value* data = find(*error, "data")) read.data = *data;
  return read;
}

}  // namespace

std::string_view name_of(TaskStatus status) { return status_names.at(static_cast<std::size_t>(status)); }

std::optional<TaskStatus> task_status_named(std::string_view name) {
  const auto found = std::ranges::find(status_names, name);
  if (found == status_names.end()) return std::nullopt;
  return static_cast<TaskStatus>(found - status_names.begin());
}

json::object legacy_summary(const TaskReport& report) { return summary(report, "ttl", "pollInterval"); }

json::object modern_summary(const TaskReport& report) { return summary(report, "ttlMs", "pollIntervalMs"); }

json::object modern_details(const TaskReport& report) {
  json::object object = modern_summary(report);
  if (report.status == TaskStatus::input_required) object["inputRequests"] = to_json(report.input_requests);
  if (report.result) object["result"] = *report.result;
  if (report.error) object["error"] = jsonrpc::to_json(*report.error);
  return object;
}

Result<TaskReport> task_report_from(const json::object& object) {
  TaskReport report;
  TRY(report.id, fields::required_string(object, "taskId", "a task"));
  const auto status = task_status_named(string_or_empty(object, "status"));
  if (!status) return fail(Errc::protocol, "a task of unknown status '" + string_or_empty(object, "status") + "'");
  report.status = *status;
  report.status_message = string_or_empty(object, "statusMessage");
  report.created_at = string_or_empty(object, "createdAt");
  report.last_updated_at = string_or_empty(object, "lastUpdatedAt");
  report.ttl = span_of(object, "ttlMs", "ttl");
  report.poll_interval = span_of(object, "pollIntervalMs", "pollInterval");
  TRY(report.input_requests, input_requests_from(object));
  if (const json::object* result = find_object(object, "result")) report.result = *result;
  report.error = error_in(object);
  return report;
}

}  // namespace convoke::mcp
