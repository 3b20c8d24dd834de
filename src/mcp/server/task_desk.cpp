#include "mcp/server/task_desk.hpp"

#include "base/random.hpp"
#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

std::unexpected<jsonrpc::ErrorObject> refuse(int code, std::string why) {
  return std::unexpected(jsonrpc::ErrorObject{code, std::move(why), std::nullopt});
}

std::unexpected<jsonrpc::ErrorObject> no_such_task() { return refuse(error_code::invalid_params, "no such task"); }

/// Puts the task's id where 2025-11-25 wants it.
json::object related_to(const std::string& id, json::object object) {
  json::value& meta = object["_meta"];
  if (!meta.is_object()) meta.emplace_object();
  meta.as_object()[meta_key::related_task] = json::object{{"taskId", id}};
  return object;
}

}  // namespace

TaskDesk::TaskDesk(Executor executor, Server& server, TaskScope& scope)
    : executor_(executor), server_(server), scope_(scope) {}

Result<std::shared_ptr<ToolTask>> TaskDesk::begin(std::uint64_t owner, Caller caller, Peer& requester,
                                                  json::object params) {
  TRY(auto task, make(owner, std::move(caller), requester, server_.options().task_ttl));
  scope_.spawn("mcp.tool_task", work(server_, task, std::move(params)));
  return task;
}

Result<std::shared_ptr<ToolTask>> TaskDesk::begin_task(std::uint64_t owner, Caller caller, Peer& requester,
                                                       json::object params,
                                                       std::optional<std::chrono::milliseconds> ttl) {
  const auto longest = server_.options().task_ttl;
  TRY(auto task, make(owner, std::move(caller), requester, std::min(ttl.value_or(longest), longest)));
  task->become_task();  // before its first step, which may be taken at once
  scope_.spawn("mcp.tool_task", work(server_, task, std::move(params)));
  return task;
}

Result<std::shared_ptr<ToolTask>> TaskDesk::make(std::uint64_t owner, Caller caller, Peer& requester,
                                                 std::chrono::milliseconds ttl) {
  drop_expired();
  const ServerOptions& options = server_.options();
  if (tasks_.size() >= options.max_tasks) return fail(Errc::exhausted, "too many tasks are kept");
  ToolTask::Terms terms{random_id("task-"), owner, ttl, options.task_poll_interval};
  auto tell = [&server = server_, id = terms.id] { server.changed(Change::task, id); };
  auto task = std::make_shared<ToolTask>(executor_, std::move(terms), std::move(caller), requester, std::move(tell));
  tasks_.emplace(task->terms().id, task);
  return task;
}

Task<> TaskDesk::work(const Server& server, std::shared_ptr<ToolTask> task, json::object params) {
  using namespace asio::experimental::awaitable_operators;
  const Methods methods(server);
  auto first = co_await (methods.answer(task->context(), "tools/call", std::move(params)) || task->stopped());
  if (first.index() == 0) task->finish(std::get<0>(std::move(first)));
}

std::shared_ptr<ToolTask> TaskDesk::find(std::uint64_t owner, const std::string& id) {
  drop_expired();
  const auto found = tasks_.find(id);
  const bool is_theirs = found != tasks_.end() && found->second->terms().owner == owner && found->second->is_task();
  return is_theirs ? found->second : nullptr;
}

std::vector<TaskReport> TaskDesk::list(std::uint64_t owner) {
  drop_expired();
  std::vector<TaskReport> reports;
  for (const auto& [id, task] : tasks_) {
    if (task->terms().owner == owner && task->is_task()) reports.push_back(task->report());
  }
  return reports;
}

void TaskDesk::drop_expired() {
  std::vector<std::shared_ptr<ToolTask>> expired;
  for (const auto& [id, task] : tasks_) {
    if (task->is_task() && task->has_expired()) expired.push_back(task);
  }
  // Stopping one tells listeners, who ask this desk about it: by then it must not be here any more.
  for (const auto& task : expired) tasks_.erase(task->terms().id);
  for (const auto& task : expired) task->stop();
}

Answer TaskDesk::modern(const std::string& method, const json::object& params) {
  const auto task = find(0, string_or_empty(params, "taskId"));
  if (!task) return no_such_task();
  if (method == "tasks/get") return modern_details(task->report());
  if (method == "tasks/update") {
    for (const auto& [key, response] : fields::object_or_empty(params, "inputResponses")) {
      if (const json::object* members = response.if_object()) task->answer_input(key, jsonrpc::result(0, *members));
    }
  }
  if (method == "tasks/cancel") task->stop();
  return json::object{};
}

Task<Answer> TaskDesk::legacy(std::uint64_t owner, std::string method, json::object params, Peer& peer) {
  if (method == "tasks/list") {
    json::array tasks;
    for (const TaskReport& report : list(owner)) tasks.push_back(legacy_summary(report));
    co_return json::object{{"tasks", std::move(tasks)}};
  }
  const auto task = find(owner, string_or_empty(params, "taskId"));
  if (!task) co_return no_such_task();
  if (method == "tasks/get") co_return legacy_summary(task->report());
  if (method == "tasks/result") co_return co_await legacy_result(task, peer);
  if (is_over(task->report().status)) co_return refuse(error_code::invalid_params, "the task is over already");
  task->stop();
  co_return legacy_summary(task->report());
}

Task<Answer> TaskDesk::legacy_result(std::shared_ptr<ToolTask> task, Peer& peer) {
  const std::string& id = task->terms().id;
  for (;;) {
    const TaskReport report = task->report();
    if (report.status == TaskStatus::cancelled) co_return refuse(error_code::internal_error, "the task was cancelled");
    if (report.error) co_return std::unexpected(*report.error);
    if (report.result) co_return related_to(id, *report.result);
    if (report.input_requests.empty()) {
      co_await task->changed();
      continue;
    }
    const auto& [key, wanted] = *report.input_requests.begin();
    auto answered = co_await peer.ask(wanted.method, related_to(id, wanted.params));
    if (!answered) co_return refuse(error_code::internal_error, answered.error().message);
    task->answer_input(key, *std::move(answered));
  }
}

}  // namespace convoke::mcp
