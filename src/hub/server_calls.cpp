// The calls of a server: how long they may take, and what their failure means to whoever made them.
#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "hub/on_exit.hpp"
#include "hub/server_connection.hpp"
#include "hub/tool_answer.hpp"

namespace convoke {
namespace {

using namespace asio::experimental::awaitable_operators;
using std::chrono::milliseconds;

constexpr int max_calls_in_flight = 256;

/// What servers on the official Python library say when a tool asks its caller by a request of its own, which the older
/// revisions have and the modern one has not.
constexpr std::string_view asks_as_before = "no back-channel for server-initiated requests";
constexpr std::string_view older_hint =
    "this server's tools ask back in the way of the older protocol: set \"era\": \"legacy\" for it in "
    "servers_config.json";

std::string duration_words(milliseconds time) { return fmt::format("{} s", static_cast<double>(time.count()) / 1000); }

/// When a call was last known to make progress.
struct SignOfLife {
  Deadline latest = SteadyClock::now();
  int asking = 0;  ///< questions of the server to its caller that are open: a person may take their time
};

/// Returns once there was no sign of life for `patience`.
Task<> silence(const SignOfLife& sign, milliseconds patience) {
  for (;;) {
    const Deadline due = (sign.asking > 0 ? SteadyClock::now() : sign.latest) + patience;
    if (due <= SteadyClock::now()) co_return;
    co_await sleep_until(due);
  }
}

/// `asked`, noting that somebody is being asked meanwhile.
template <class Request, class Answer>
std::function<Task<Result<Answer>>(Request)> noting(std::shared_ptr<SignOfLife> sign,
                                                    std::function<Task<Result<Answer>>(Request)> ask) {
  if (!ask) return {};
  return [sign = std::move(sign), ask = std::move(ask)](Request request) -> Task<Result<Answer>> {
    ++sign->asking;
    const OnExit answered{[&] {
      --sign->asking;
      sign->latest = SteadyClock::now();
    }};
    co_return co_await ask(std::move(request));
  };
}

/// The options with every sign of life noted. `sign` is shared with questions that may end after the call.
mcp::CallOptions noting(const std::shared_ptr<SignOfLife>& sign, mcp::CallOptions options) {
  options.on_progress = [sign, tell = std::move(options.on_progress)](const mcp::Progress& progress) {
    sign->latest = SteadyClock::now();
    if (tell) tell(progress);
  };
  if (!options.host) return options;
  auto host = std::make_shared<mcp::HostCallbacks>(*options.host);
  host->elicit = noting(sign, std::move(host->elicit));
  host->sample = noting(sign, std::move(host->sample));
  options.host = std::move(host);
  return options;
}

}  // namespace

Error ServerConnection::not_running() const {
  return {Errc::unavailable, fmt::format("the server '{}' is not running now ({}{}{})", name(), name_of(status_.state),
                                         status_.problem.empty() ? "" : ": ", status_.problem)};
}

template <class T>
Task<Result<T>> ServerConnection::use(mcp::CallOptions options,
                                      std::function<Task<Result<T>>(mcp::CallOptions)> request) {
  // A connection that is being taken down is still connected, but no longer for calls.
  if (!client_ || !offer_.available) co_return fail(not_running());
  if (calls_in_flight_ >= max_calls_in_flight) {
    co_return fail(Errc::exhausted,
                   fmt::format("the server '{}' is busy with {} other calls", name(), calls_in_flight_));
  }
  ++calls_in_flight_;
  const OnExit finished{[this] {
    --calls_in_flight_;
    call_ended_.notify();
  }};
  if (options.log_level) co_await lower_log_level(*options.log_level);
  const auto sign = std::make_shared<SignOfLife>();
  options.deadline = SteadyClock::now() + std::max(entry_.longest_call, entry_.call_timeout);
  auto work = request(noting(sign, with_roots(std::move(options))));
  auto first = co_await (std::move(work) || silence(*sign, entry_.call_timeout));
  if (first.index() == 1) co_return fail(Errc::timed_out, gave_no_result(entry_.call_timeout));
  auto outcome = std::get<0>(std::move(first));
  // Over HTTP nothing else tells that a server is gone.
  if (!outcome && outcome.error().code == Errc::unavailable) find_out_if_alive();
  if (!outcome) outcome.error().message = words_for(outcome.error());
  co_return outcome;
}

/// The folders that the configuration lets it work in are not the caller's to choose.
mcp::CallOptions ServerConnection::with_roots(mcp::CallOptions options) const {
  if (!options.host || entry_.roots.empty()) return options;
  auto host = std::make_shared<mcp::HostCallbacks>(*options.host);
  host->roots = [roots = entry_.roots]() -> Task<Result<std::vector<mcp::Root>>> { co_return roots; };
  options.host = std::move(host);
  if (options.capabilities) options.capabilities->roots = true;
  return options;
}

/// A legacy server has one level for all of its calls: the lowest that anybody asked for.
Task<> ServerConnection::lower_log_level(mcp::LoggingLevel level) {
  const mcp::ServerDescription& server = client_->server();
  if (mcp::era_of(server.revision) == mcp::Era::modern || !server.capabilities.logging) co_return;
  if (log_level_ && *log_level_ <= level) co_return;
  log_level_ = level;
  const auto set = co_await client_->set_log_level(level, {.deadline = SteadyClock::now() + entry_.call_timeout});
  if (!set) log_.info("server.log_level_refused", {{"reason", set.error().message}});
}

Task<Result<mcp::CallToolResult>> ServerConnection::call_tool(std::string tool, json::object arguments,
                                                              mcp::CallOptions options) {
  std::function<Task<Result<mcp::CallToolResult>>(mcp::CallOptions)> request = [&](mcp::CallOptions own) {
    return client_->call_tool(tool, std::move(arguments), std::move(own));
  };
  co_return co_await use(std::move(options), std::move(request));
}

Task<Result<mcp::GetPromptResult>> ServerConnection::get_prompt(std::string prompt, mcp::PromptArguments arguments,
                                                                mcp::CallOptions options) {
  std::function<Task<Result<mcp::GetPromptResult>>(mcp::CallOptions)> request = [&](mcp::CallOptions own) {
    return client_->get_prompt(prompt, std::move(arguments), std::move(own));
  };
  co_return co_await use(std::move(options), std::move(request));
}

Task<Result<mcp::ReadResourceResult>> ServerConnection::read_resource(std::string uri, mcp::CallOptions options) {
  std::function<Task<Result<mcp::ReadResourceResult>>(mcp::CallOptions)> request = [&](mcp::CallOptions own) {
    return client_->read_resource(uri, std::move(own));
  };
  co_return co_await use(std::move(options), std::move(request));
}

Task<Result<mcp::Completion>> ServerConnection::complete(mcp::CompletionRequest wanted, mcp::CallOptions options) {
  std::function<Task<Result<mcp::Completion>>(mcp::CallOptions)> request = [&](mcp::CallOptions own) {
    return client_->complete(std::move(wanted), std::move(own));
  };
  co_return co_await use(std::move(options), std::move(request));
}

Task<ToolResult> ServerConnection::call(ToolCall call, std::string tool, json::object arguments,
                                        const CallerLine& line) {
  CallQuestions questions(executor_, line, name(), log_);
  auto host = std::make_shared<const mcp::HostCallbacks>(questions.answering(host_for_all()));
  const auto open = open_calls_.insert(open_calls_.end(), {line.conversation(), host});
  const OnExit finished{[&] {
    open_calls_.erase(open);
    call_ended_.notify();
  }};
  mcp::CallOptions options{.on_progress = line.progress(), .host = std::move(host)};
  auto work = call_tool(std::move(tool), std::move(arguments), std::move(options));
  const auto answer = co_await questions.run(std::move(work));
  if (!answer) co_return with_hint(tool_failure(call, answer.error().message));
  co_return with_hint(tool_answer(call, *answer));
}

/// Says what can be done, where the reason of a failure is known to be the era.
ToolResult ServerConnection::with_hint(ToolResult result) {
  if (!result.is_error || !result.text.contains(asks_as_before)) return result;
  result.text += fmt::format("\n({})", older_hint);
  if (!std::exchange(told_older_hint_, true)) log_.warning("server.asks_as_before", {{"hint", older_hint}});
  return result;
}

/// Answers where a server does not say which of several calls it asks for. That is settled when all of them are of one
/// conversation; else nobody is asked: what is for one person is not for another.
mcp::HostCallbacks ServerConnection::host_for_all() {
  mcp::HostCallbacks host;
  host.elicit_by_url = true;
  host.elicit = [this](mcp::ElicitRequest request) -> Task<Result<mcp::ElicitResult>> {
    const auto answering = only_host();
    if (!answering) co_return mcp::ElicitResult{};
    co_return co_await answering->elicit(std::move(request));
  };
  if (!entry_.roots.empty()) {
    host.roots = [roots = entry_.roots]() -> Task<Result<std::vector<mcp::Root>>> { co_return roots; };
  }
  if (!entry_.allow_sampling.value_or(false)) return host;
  host.sample = [this](mcp::SamplingRequest request) -> Task<Result<mcp::SamplingResult>> {
    const auto answering = only_host();
    if (!answering) co_return fail(Errc::denied, "it is not clear which conversation this is for");
    co_return co_await answering->sample(std::move(request));
  };
  return host;
}

/// That of the calls under way, when all are of one conversation.
std::shared_ptr<const mcp::HostCallbacks> ServerConnection::only_host() const {
  const auto is_other = [&](const OpenCall& call) { return call.conversation != open_calls_.front().conversation; };
  const bool others_use_it = calls_in_flight_ > static_cast<int>(open_calls_.size());  // not for a conversation
  if (open_calls_.empty() || others_use_it || std::ranges::any_of(open_calls_, is_other)) return nullptr;
  return open_calls_.front().host;
}

std::string ServerConnection::gave_no_result(milliseconds within) const {
  return fmt::format("the server '{}' gave no result within {}; whether the call had its effect is unknown", name(),
                     duration_words(within));
}

/// What a failed call means to the model that made it.
std::string ServerConnection::words_for(const Error& error) const {
  switch (error.code) {
    case Errc::timed_out: return gave_no_result(std::max(entry_.longest_call, entry_.call_timeout));
    case Errc::unavailable:
      return fmt::format("the server '{}' was lost during the call ({}); whether it had its effect is unknown", name(),
                         error.message);
    case Errc::invalid_input:
    case Errc::not_found:
    case Errc::denied: return fmt::format("the server '{}' refused the call: {}", name(), error.message);
    case Errc::conflict:
    case Errc::rate_limited:
    case Errc::cancelled:
    case Errc::protocol:
    case Errc::exhausted:
    case Errc::internal: return fmt::format("the call failed at the server '{}': {}", name(), error.message);
  }
  std::unreachable();
}

Task<> ServerConnection::idle() {
  while (calls_in_flight_ > 0 || !open_calls_.empty()) co_await call_ended_.wait();
}

}  // namespace convoke
