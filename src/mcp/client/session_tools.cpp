// What HTTP wants to know about a tool before it is called (2026-07-28): which arguments go into headers too.
#include "mcp/client/paging.hpp"
#include "mcp/client/session.hpp"

namespace convoke::mcp {

bool Session::needs_headers() const { return era() == Era::modern && transport_.kind() == Transport::Kind::http; }

Task<Result<std::vector<Tool>>> Session::list_tools(CallOptions options) {
  Listing<Tool> listing{"tools/list", "tools", tool_from};
  CO_TRY(auto tools, co_await list_all(*this, std::move(listing), std::move(options)));
  if (needs_headers()) keep_usable(tools);
  known_tools_.learn(tools);
  co_return tools;
}

void Session::keep_usable(std::vector<Tool>& tools) {
  tool_headers_.forget_all();
  std::erase_if(tools, [&](const Tool& tool) {
    auto arguments = mirrored_arguments(tool.input_schema);
    if (arguments) {
      tool_headers_.learn(tool.name, *std::move(arguments));
    } else {
      log_.warning("mcp.tool_rejected", {{"tool", tool.name}, {"reason", arguments.error().message}});
    }
    return !arguments;
  });
}

bool Session::must_be_task(const std::string& tool) const {
  return known_tools_.task_support(tool) == TaskSupport::required;
}

Task<Result<Session::CallOutcome>> Session::start_call(std::string tool, json::object arguments, bool as_task,
                                                       CallOptions options) {
  json::object params{{"name", tool}, {"arguments", std::move(arguments)}};
  const bool asks_for_task =
      as_task && revision() == Revision::v2025_11_25 && known_tools_.task_support(tool) != TaskSupport::forbidden;
  if (asks_for_task) params["task"].emplace_object();
  CO_TRY(auto outcome, co_await rounds("tools/call", std::move(params), options));
  const auto* result = std::get_if<json::object>(&outcome);
  const json::object* task = asks_for_task && result ? find_object(*result, "task") : nullptr;
  if (!task) co_return outcome;
  CO_TRY(auto report, task_report_from(*task));
  co_return report;
}

Task<Result<CallToolResult>> Session::finish_call(std::string tool, json::object arguments, bool as_task,
                                                  CallOptions options) {
  CO_TRY(auto outcome, co_await start_call(tool, std::move(arguments), as_task, options));
  if (auto* report = std::get_if<TaskReport>(&outcome)) {
    CO_TRY(const auto result, co_await await_task(std::move(*report), std::move(options)));
    co_return read_call_result(tool, result);
  }
  co_return read_call_result(tool, std::get<json::object>(outcome));
}

Result<CallToolResult> Session::read_call_result(const std::string& tool, const json::object& result) const {
  TRY(auto read, call_tool_result_from(result));
  const auto checked = known_tools_.check(tool, read, log_);
  if (checked) return read;
  log_.warning("mcp.result_rejected", {{"tool", tool}, {"reason", checked.error().message}});
  return error_result("the result of '" + tool +
                      "' is not what its output schema promises: " + checked.error().message);
}

Task<Result<void>> Session::prepare_call(const std::string& tool, const CallOptions& options) {
  if (!is_prepared_for(tool)) CO_CHECK(co_await list_tools(options));
  co_return Result<void>{};
}

}  // namespace convoke::mcp
