#include "mcp/server/tool_task.hpp"

#include "base/clock.hpp"

namespace convoke::mcp {

namespace {

std::string timestamp() { return to_iso8601(SystemClock{}.wall()); }

}  // namespace

ToolTask::ToolTask(Executor executor, Terms terms, Caller caller, Peer& requester, std::function<void()> on_change)
    : terms_(std::move(terms)),
      on_change_(std::move(on_change)),
      context_(std::move(caller), requester, this),
      report_{.id = terms_.id, .ttl = terms_.ttl, .poll_interval = terms_.poll_interval},
      expires_(SteadyClock::now() + terms_.ttl),
      changed_(executor) {
  report_.created_at = report_.last_updated_at = timestamp();
}

void ToolTask::become_task() {
  if (is_task_ || is_stopped_) return;
  is_task_ = true;
  changed_.notify();
}

void ToolTask::touch(TaskStatus status) {
  report_.status = status;
  report_.last_updated_at = timestamp();
  changed_.notify();
  if (is_task_) on_change_();
}

void ToolTask::describe(std::string words) {
  report_.status_message = std::move(words);
  touch(report_.status);
}

Task<Result<jsonrpc::Response>> ToolTask::ask(std::string method, json::object params) {
  const std::string key = "input-" + std::to_string(++asked_);
  open_.emplace(key, InputRequest{std::move(method), std::move(params)});
  struct Withdrawn {
    ToolTask& task;
    const std::string& key;
    ~Withdrawn() { task.open_.erase(key); }
  } const withdrawn{*this, key};
  touch(TaskStatus::input_required);
  while (!answered_.contains(key)) co_await changed_.wait();
  co_return std::move(answered_.extract(key).mapped());
}

void ToolTask::answer_input(const std::string& key, jsonrpc::Response response) {
  if (open_.erase(key) == 0) return;
  answered_.emplace(key, std::move(response));
  touch(open_.empty() ? TaskStatus::working : TaskStatus::input_required);
}

void ToolTask::finish(Answer answer) {
  if (is_over(report_.status)) return;
  answer_ = std::move(answer);
  open_.clear();
  touch(*answer_ ? TaskStatus::completed : TaskStatus::failed);
}

Task<> ToolTask::stopped() {
  while (!is_stopped_) co_await changed_.wait();
}

Task<> ToolTask::settled() {
  while (!is_task_ && !answer_) co_await changed_.wait();
}

void ToolTask::stop() {
  is_stopped_ = true;
  if (is_over(report_.status)) return;
  open_.clear();
  touch(TaskStatus::cancelled);
}

TaskReport ToolTask::report() const {
  TaskReport report = report_;
  report.input_requests = open_;
  if (!is_over(report.status) || !answer_) return report;
  if (*answer_) {
    report.result = **answer_;
  } else {
    report.error = answer_->error();
  }
  return report;
}

}  // namespace convoke::mcp
