// The calls about tasks.
#include "mcp/client/client_state.hpp"
#include "mcp/client/paging.hpp"

namespace convoke::mcp {

namespace {

std::unexpected<Error> not_connected() { return fail(Errc::unavailable, "not connected"); }

Result<TaskReport> report_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (!object) return fail(Errc::protocol, "a task must be an object");
  return task_report_from(*object);
}

}  // namespace

Task<Result<StartedCall>> Client::start_tool(std::string name, json::object arguments, CallOptions options) {
  if (!connected()) co_return not_connected();
  Session& session = state_->session;
  options.deadline = session.deadline_of(options);
  CO_CHECK(co_await session.prepare_call(name, options));
  CO_TRY(auto outcome, co_await session.start_call(name, std::move(arguments), true, std::move(options)));
  if (auto* report = std::get_if<TaskReport>(&outcome)) co_return StartedCall{std::move(*report)};
  CO_TRY(auto result, session.read_call_result(name, std::get<json::object>(outcome)));
  co_return StartedCall{std::move(result)};
}

Task<Result<CallToolResult>> Client::await_task(TaskReport task, CallOptions options) {
  if (!connected()) co_return not_connected();
  options.deadline = state_->session.deadline_of(options);
  CO_TRY(const auto result, co_await state_->session.await_task(std::move(task), std::move(options)));
  co_return call_tool_result_from(result);
}

Task<Result<TaskReport>> Client::task(std::string id, CallOptions options) {
  if (!connected()) co_return not_connected();
  co_return co_await state_->session.task(std::move(id), std::move(options));
}

Task<Result<void>> Client::cancel_task(std::string id, CallOptions options) {
  if (!connected()) co_return not_connected();
  co_return co_await state_->session.cancel_task(std::move(id), std::move(options));
}

Task<Result<std::vector<TaskReport>>> Client::list_tasks(CallOptions options) {
  if (!connected()) co_return not_connected();
  Listing<TaskReport> listing{"tasks/list", "tasks", report_of};
  co_return co_await list_all(state_->session, std::move(listing), std::move(options));
}

}  // namespace convoke::mcp
