// Tool calls that the server turned into tasks: looked after until they are over.
#include <set>

#include "mcp/client/session.hpp"
#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

constexpr std::chrono::milliseconds usual_poll_interval = 1s;
constexpr std::chrono::milliseconds shortest_poll_interval = 20ms;
constexpr std::chrono::milliseconds longest_poll_interval = 60s;

/// The server proposes; a silly proposal is not followed.
std::chrono::milliseconds pause_after(const TaskReport& report) {
  return std::clamp(report.poll_interval.value_or(usual_poll_interval), shortest_poll_interval, longest_poll_interval);
}

json::object named(const std::string& id) { return {{"taskId", id}}; }

}  // namespace

/// Tells the server that nobody waits for the task any more, unless it is over.
class Session::TaskWatch {
 public:
  TaskWatch(Session& session, std::string id) : session_(session), id_(std::move(id)) {}
  ~TaskWatch() {
    if (!is_over && session_.tasks_) session_.tasks_->spawn("mcp.task_cancel", session_.give_up_task(std::move(id_)));
  }
  TaskWatch(const TaskWatch&) = delete;
  TaskWatch& operator=(const TaskWatch&) = delete;

  bool is_over = false;

 private:
  Session& session_;
  std::string id_;
};

Task<> Session::give_up_task(std::string id) {
  const auto cancelled = co_await cancel_task(std::move(id), {});
  if (!cancelled) log_.debug("mcp.task_cancel_lost", {{"reason", cancelled.error().message}});
}

Task<Result<TaskReport>> Session::task(std::string id, CallOptions options) {
  CO_TRY(const auto result, co_await request("tasks/get", named(id), std::move(options)));
  co_return task_report_from(result);
}

Task<Result<void>> Session::cancel_task(std::string id, CallOptions options) {
  CO_CHECK(co_await request("tasks/cancel", named(id), std::move(options)));
  co_return Result<void>{};
}

Task<Result<json::object>> Session::await_task(TaskReport report, CallOptions options) {
  TaskWatch watch(*this, report.id);
  std::set<std::string> answered;
  std::string last_news;
  for (double news = 0;;) {
    if (options.on_task) options.on_task(report);
    // Who waits for signs of life takes a task's news for such.
    const bool has_news = std::exchange(last_news, report.last_updated_at) != report.last_updated_at;
    if (has_news && options.on_progress) options.on_progress({++news, std::nullopt, report.status_message});
    if (is_over(report.status)) watch.is_over = true;
    if (era() == Era::legacy && report.status != TaskStatus::working) {
      // Asking for the result brings what the task wants to know as requests of the server's, and then the result.
      CO_TRY(auto result, co_await request("tasks/result", named(report.id), options));
      watch.is_over = true;
      co_return result;
    }
    if (is_over(report.status)) co_return outcome_of(std::move(report));
    CO_CHECK(co_await answer_task(report, answered, options));
    const Deadline next = SteadyClock::now() + pause_after(report);
    co_await sleep_until(std::min(next, options.deadline.value_or(next)));
    if (options.deadline && SteadyClock::now() >= *options.deadline) {
      co_return fail(Errc::timed_out, "the task took too long");
    }
    CO_TRY(report, co_await task(report.id, options));
  }
}

Result<json::object> Session::outcome_of(TaskReport report) {
  if (report.status == TaskStatus::cancelled) return fail(Errc::unavailable, "the server cancelled the task");
  if (report.error) return fail(error_from(*report.error));
  if (report.status == TaskStatus::failed) return fail(Errc::protocol, "the task failed and does not say why");
  if (!report.result) return fail(Errc::protocol, "a completed task without a result");
  return *std::move(report.result);
}

Task<Result<void>> Session::answer_task(const TaskReport& report, std::set<std::string>& answered,
                                        CallOptions options) {
  InputRequired asked;
  for (const auto& [key, wanted] : report.input_requests) {
    if (answered.insert(key).second) asked.requests.emplace(key, wanted);
  }
  if (asked.requests.empty()) co_return Result<void>{};
  auto answering = host_.answers(std::move(asked), options.host);
  const Deadline deadline = options.deadline.value_or(Deadline::max());
  CO_TRY(auto answers, co_await with_deadline(deadline, "the task", std::move(answering)));
  json::object params = named(report.id);
  params["inputResponses"] = std::move(answers);
  CO_CHECK(co_await request("tasks/update", std::move(params), std::move(options)));
  co_return Result<void>{};
}

}  // namespace convoke::mcp
