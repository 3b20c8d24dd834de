#include "mcp/server/request_context.hpp"

#include "mcp/schema/schema.hpp"
#include "mcp/server/tool_task.hpp"
#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

/// An accepted form that is not filled in as it asks counts as not answered.
bool is_complete(const ElicitResult& answer, const ElicitRequest& request) {
  if (answer.action != ElicitResult::Action::accept || request.mode == ElicitRequest::Mode::url) return true;
  if (!answer.content) return false;
  const auto form = schema::Schema::compile(request.requested_schema);
  return form && form->check(*answer.content).has_value();
}

}  // namespace

RequestContext::RequestContext(Caller caller, Peer& peer, ToolTask* task)
    : caller_(std::move(caller)), peer_(peer), task_(task) {}

bool RequestContext::is_task() const { return task_ && task_->is_task(); }

bool RequestContext::asks_by_result() const { return era() == Era::modern && !is_task(); }

void RequestContext::become_task() {
  if (task_) task_->become_task();
}

Task<> RequestContext::progress(double progress, std::optional<double> total, std::string message) {
  // A task has no stream to say it on: whoever asks for the task finds the words.
  if (is_task()) {
    if (!message.empty()) task_->describe(std::move(message));
    co_return;
  }
  if (!caller_.progress_token) co_return;
  json::object params{{"progressToken", *caller_.progress_token}, {"progress", fields::plain_number(progress)}};
  fields::put(params, "total", total);
  if (caller_.revision >= Revision::v2025_03_26) fields::put(params, "message", message);
  jsonrpc::Notification notification{"notifications/progress", std::move(params)};
  co_await peer_.notify(std::move(notification));
}

Task<> RequestContext::log(LoggingLevel level, json::value data, std::string logger) {
  if (is_task() || !caller_.log_level || level < *caller_.log_level) co_return;
  json::object params{{"level", name_of(level)}};
  fields::put(params, "logger", logger);
  params["data"] = std::move(data);
  jsonrpc::Notification notification{"notifications/message", std::move(params)};
  co_await peer_.notify(std::move(notification));
}

std::unexpected<Error> RequestContext::undeclared(json::object capability) {
  for (auto& [name, value] : capability) missing_[name] = value;
  return fail(Errc::denied, "the client does not offer " + json::serialize(capability));
}

Task<Result<json::object>> RequestContext::input(std::string key, InputRequest request) {
  if (!asks_by_result()) {
    auto asked = is_task() ? task_->ask(std::move(request.method), std::move(request.params))
                           : peer_.ask(std::move(request.method), std::move(request.params));
    CO_TRY(auto response, co_await std::move(asked));
    if (!response.outcome) co_return fail(error_from(response.outcome.error()));
    co_return *std::move(response.outcome);
  }
  for (const json::object* answers : {&caller_.input_responses, &caller_.earlier_answers}) {
    const json::value* answer = answers->if_contains(key);
    if (answer && answer->is_object()) co_return answer->as_object();
  }
  wanted_.insert_or_assign(std::move(key), std::move(request));
  co_return fail(Errc::unavailable, "input is required");
}

Task<Result<ElicitResult>> RequestContext::elicit(std::string key, ElicitRequest request) {
  const bool by_url = request.mode == ElicitRequest::Mode::url;
  const bool offered = by_url ? client().elicitation_url : client().elicitation_form;
  if (!offered) {
    json::object elicitation;
    if (by_url) elicitation["url"] = json::object{};
    co_return undeclared({{"elicitation", std::move(elicitation)}});
  }
  InputRequest asked{"elicitation/create", to_json(request)};
  CO_TRY(auto answer, co_await input(key, asked));
  const auto read = elicit_result_from(answer);
  if (read && is_complete(*read, request)) {
    answered_[key] = std::move(answer);
    co_return *read;
  }
  if (asks_by_result()) wanted_.insert_or_assign(key, std::move(asked));
  co_return fail(Errc::protocol, "the answer to '" + key + "' is not what was asked for");
}

Task<Result<SamplingResult>> RequestContext::sample(std::string key, SamplingRequest request) {
  if (!client().sampling) co_return undeclared({{"sampling", json::object{}}});
  InputRequest asked{"sampling/createMessage", to_json(request)};
  CO_TRY(auto answer, co_await input(key, asked));
  auto read = sampling_result_from(answer);
  if (read) answered_[key] = std::move(answer);
  if (!read && asks_by_result()) wanted_.insert_or_assign(key, std::move(asked));
  co_return read;
}

Task<Result<std::vector<Root>>> RequestContext::roots(std::string key) {
  if (!client().roots) co_return undeclared({{"roots", json::object{}}});
  InputRequest asked{"roots/list", {}};
  CO_TRY(auto answer, co_await input(key, asked));
  auto read = roots_from(answer);
  if (read) answered_[key] = std::move(answer);
  if (!read && asks_by_result()) wanted_.insert_or_assign(key, std::move(asked));
  co_return read;
}

json::object RequestContext::answers() const {
  json::object all = caller_.earlier_answers;
  for (const auto& [key, answer] : answered_) all[key] = answer;
  return all;
}

}  // namespace convoke::mcp
