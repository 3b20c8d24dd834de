// How a turn calls the tools its model asks for.
#include "base/random.hpp"
#include "chat/result_pages.hpp"
#include "chat/turn.hpp"
#include "chat/turn_caller.hpp"

namespace convoke {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

/// A longer result can be read again after it was cut to make room.
constexpr std::size_t worth_reading_again = 1'000;

}  // namespace

/// Makes all calls of one reply side by side. They are on disk before they are sent: after a crash the log tells what
/// may have happened, and what earlier calls returned can be read again. Those that need the user's consent follow when
/// they have it.
Task<Result<void>> Turn::call_tools(const Message& message) {
  std::vector<Calling> calls;
  for (ToolCall& asked : message.tool_calls()) {
    Calling& calling = calls.emplace_back(asked.name, tools_.resolved(asked));
    calling.has_consent = consent_.is_given(calling.call);
    if (calling.has_consent) record_.call(calling.call, tools_.server_of(calling.call.name));
  }
  CO_CHECK(co_await record_.durable());

  TaskScope running(executor_, log_);
  for (Calling& calling : calls) running.spawn("calling a tool", call_tool(calling));
  co_await running.run(running.drained());
  std::vector<TurnGuard::Made> made;
  for (const Calling& calling : calls) made.emplace_back(calling.call, calling.result);
  guard_.note(made);
  for (Calling& calling : calls) {
    ToolResult shown = shown_result(std::move(calling.result), calling.result_id, settings_->context.max_result_bytes);
    co_await prompt_.add(Place::present, tool_message(std::move(shown)), calling.result_id);
  }
  co_return Result<void>{};
}

Task<> Turn::call_tool(Calling& calling) {
  ToolCall call = calling.call;
  const std::string server = tools_.server_of(call.name);
  std::string note;
  if (!calling.has_consent) {
    auto consent = co_await consent_.obtain(call);
    if (!consent) {
      ToolResult refused{.call_id = call.id, .name = call.name, .text = std::move(consent).error(), .is_error = true};
      co_return take_result(calling, std::move(refused), server, services_.clock.now());
    }
    call = std::move(consent->call);
    note = std::move(consent->note);
    record_.call(call, server, true);
    const auto durable = co_await record_.durable();
    if (!durable) co_return;  // the turn fails for the same reason
  }
  const auto began = services_.clock.now();
  ToolResult result = co_await make_call(std::move(call), server);
  result.text.insert(0, note);
  take_result(calling, std::move(result), server, began);
}

Task<ToolResult> Turn::make_call(ToolCall call, std::string server) {
  ++figures_.tool_calls;
  if (settings_->notify_tools) journal_.append(tool_execution_notice(call, server, *settings_));
  auto on_progress = [this, call](const ToolProgress& progress) {
    if (!settings_->notify_tools) return;
    json::object metadata{{"tool_call_id", call.id}, {"tool", call.name}, {"progress", progress.progress}};
    if (progress.total) metadata["total"] = *progress.total;
    journal_.append(Processing{"tool_progress", progress.message, std::move(metadata)});
  };
  auto lend_model = [this](SamplingQuestion question) { return sample(std::move(question)); };
  TurnCaller caller(inputs_, question_.conversation_id, std::move(on_progress), std::move(lend_model));
  auto result = co_await tools_.call(std::move(call), caller);
  services_.metrics.all
      .counter("tool_calls_total", "Calls of tools, by server and outcome.",
               {{"server", server}, {"outcome", result.is_error ? "error" : "ok"}})
      .add();
  co_return result;
}

/// What a server has the model say is on the turn's account.
Task<Result<SampledReply>> Turn::sample(SamplingQuestion question) {
  CO_CHECK(guard_.before_side_call(spent()));
  const std::int64_t attempts_before = figures_.sums.calls;
  CO_TRY(auto sampled, co_await sampling_.answer(std::move(question), account_of("sampling")));
  ++figures_.model_calls;
  if (figures_.sums.calls == attempts_before) figures_.usage += sampled.usage;
  co_return std::move(sampled.reply);
}

/// A result goes by the name the model has asked under, also where that stands for another tool.
void Turn::take_result(Calling& calling, ToolResult result, const std::string& server, SteadyClock::time_point began) {
  const auto took = duration_cast<milliseconds>(services_.clock.now() - began).count();
  result.name = calling.asked_as;
  if (result.text.size() > worth_reading_again && tools_.can_read_results()) calling.result_id = random_id("res_");
  record_.result(result, server, took, calling.result_id);
  if (settings_->notify_tools) journal_.append(tool_result_notice(result, server, took));
  calling.result = std::move(result);
}

}  // namespace convoke
