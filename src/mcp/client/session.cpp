#include "mcp/client/session.hpp"

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

/// A person may take their time to answer: `options` say how much of it.
template <class T>
Task<Result<T>> in_time(const CallOptions& options, const std::string& method, Task<Result<T>> work) {
  return with_deadline(options.deadline.value_or(Deadline::max()), "'" + method + "'", std::move(work));
}

}  // namespace

ClientCapabilities capabilities_of(const ClientOptions& options) {
  const HostCallbacks& host = options.host;
  ClientCapabilities capabilities;
  capabilities.sampling = static_cast<bool>(host.sample);
  capabilities.elicitation_form = static_cast<bool>(host.elicit);
  capabilities.elicitation_url = host.elicit && host.elicit_by_url;
  capabilities.roots = static_cast<bool>(host.roots);
  capabilities.roots_list_changed = capabilities.roots;
  capabilities.tasks = options.tasks;
  return capabilities;
}

/// One request on its way; its end, however it comes, leaves nothing behind.
class Session::Call {
 public:
  Call(Session& session, std::string method, const CallOptions& options)
      : id(session.next_id_++), session_(session), method_(std::move(method)) {
    if (options.on_progress) session_.progress_.emplace(id, options.on_progress);
    if (options.on_log) session_.logs_.emplace(id, options.on_log);
    const bool may_ask =
        method_ == "tools/call" || method_ == "prompts/get" || method_ == "resources/read" || method_ == "tasks/result";
    if (may_ask) session_.hosts_.emplace(id, options.host);
  }
  ~Call() {
    session_.progress_.erase(id);
    session_.logs_.erase(id);
    session_.hosts_.erase(id);
    const bool opens = method_ == "initialize" || method_ == "server/discover";
    if (answered || opens || !session_.tasks_ || session_.closing_cancels()) return;
    session_.tasks_->spawn("mcp.cancel", session_.tell_cancelled(id));
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool has_progress() const { return session_.progress_.contains(id); }
  std::string name() const { return "'" + method_ + "'"; }

  const std::int64_t id;
  bool answered = false;  ///< or failed: there is nothing to cancel

 private:
  Session& session_;
  std::string method_;
};

Session::Session(Executor executor, Transport& transport, const ClientOptions& options, Log log)
    : log_level(options.log_level),
      transport_(transport),
      options_(options),
      log_(std::move(log)),
      host_(executor, transport, options, log_),
      codec_(newest_modern, options.info, capabilities_of(options)),
      cache_(clock_),
      watched_changed_(executor) {}

void Session::begin(TaskScope& tasks) {
  tasks_ = &tasks;
  server = {};
  log_level = options_.log_level;
  tool_headers_.forget_all();
  known_tools_.forget_all();
  cache_.forget_all();
  watched_.clear();
}

void Session::speak(Revision revision) {
  codec_ = ClientCodec(revision, options_.info, capabilities_of(options_));
  transport_.agreed(revision);
}

std::shared_ptr<const HostCallbacks> Session::asking_host() const {
  if (hosts_.empty()) return nullptr;
  const auto& first = hosts_.begin()->second;
  const bool all_same = std::ranges::all_of(hosts_, [&](const auto& entry) { return entry.second == first; });
  return all_same ? first : nullptr;
}

Deadline Session::deadline_of(const CallOptions& options) const {
  return options.deadline.value_or(SteadyClock::now() + options_.request_timeout);
}

bool Session::closing_cancels() const { return era() == Era::modern && transport_.kind() == Transport::Kind::http; }

Task<Result<json::object>> Session::request(std::string method, json::object params, CallOptions options) {
  options.deadline = deadline_of(options);
  if (options.use_cache) {
    if (auto kept = cache_.find(method, params)) co_return *std::move(kept);
  }
  auto outcome_or_error = co_await rounds(method, params, options);
  // A page that cannot be had any more says that the list has become another one.
  if (!outcome_or_error && params.contains("cursor")) cache_.forget(method);
  CO_TRY(auto outcome, std::move(outcome_or_error));
  if (auto* result = std::get_if<json::object>(&outcome)) co_return std::move(*result);
  co_return co_await await_task(std::get<TaskReport>(std::move(outcome)), std::move(options));
}

Task<Result<Session::CallOutcome>> Session::rounds(std::string method, json::object params,
                                                   const CallOptions& options) {
  json::object asked_with = params;
  bool refreshed = false;
  bool shown_pages = false;
  for (int round = 0; round <= options_.max_input_rounds; ++round) {
    CO_TRY(auto response, co_await exchange(method, std::move(asked_with), options));
    if (!response.outcome) {
      const auto& error = response.outcome.error();
      if (error.code == error_code::url_elicitation_required && !std::exchange(shown_pages, true)) {
        auto showing = host_.show_pages(error.data.value_or(json::value()), options.host);
        CO_CHECK(co_await in_time(options, method, std::move(showing)));
        asked_with = params;
        continue;
      }
      const bool stale = error.code == error_code::header_mismatch && method == "tools/call" && needs_headers();
      if (!stale || std::exchange(refreshed, true)) {
        if (options.on_refusal) options.on_refusal(error);
        co_return fail(error_from(error));
      }
      // The tool's definition may have changed since it was listed, and with it what goes into the headers.
      cache_.forget("tools/list");
      CO_CHECK(co_await list_tools(options));
      asked_with = params;
      continue;
    }
    CO_TRY(auto outcome, codec_.decode(*std::move(response.outcome)));
    if (auto* result = std::get_if<json::object>(&outcome)) {
      if (round == 0 && era() == Era::modern) cache_.keep(method, params, *result);
      co_return std::move(*result);
    }
    if (auto* task = std::get_if<TaskReport>(&outcome)) co_return std::move(*task);

    auto& asked = std::get<InputRequired>(outcome);
    auto answering = host_.answers(asked, options.host);
    CO_TRY(auto answers, co_await in_time(options, method, std::move(answering)));
    asked_with = ClientCodec::with_answers(params, std::move(answers), asked);
  }
  co_return fail(Errc::exhausted,
                 "the server asked for input more than " + std::to_string(options_.max_input_rounds) + " times");
}

Task<Result<jsonrpc::Response>> Session::exchange(std::string method, json::object params, const CallOptions& options) {
  CallEnvelope envelope{.log_level = options.log_level ? options.log_level : log_level,
                        .trace = options.trace,
                        .capabilities = options.capabilities};
  Call call(*this, method, options);
  if (call.has_progress()) envelope.progress_token = call.id;

  jsonrpc::Headers headers;
  if (method == "tools/call" && needs_headers()) headers = tool_headers_.headers_for(params);
  jsonrpc::Request request{call.id, std::move(method), codec_.encode(std::move(params), envelope)};
  const Deadline deadline = options.deadline.value_or(Deadline::max());
  auto response = co_await transport_.exchange(std::move(request), std::move(headers), deadline);
  const bool is_late = !response && response.error().code == Errc::timed_out;
  if (is_late && SteadyClock::now() >= deadline) co_return fail(Errc::timed_out, call.name() + " took too long");
  call.answered = true;
  co_return response;
}

Task<> Session::tell_cancelled(std::int64_t id) {
  const auto sent = co_await notify("notifications/cancelled", {{"requestId", id}});
  if (!sent) log_.debug("mcp.cancel_lost", {{"reason", sent.error().message}});
}

Task<Result<void>> Session::notify(std::string method, json::object params) {
  jsonrpc::Notification notification{std::move(method), std::move(params)};
  co_return co_await transport_.send(std::move(notification));
}

}  // namespace convoke::mcp
