#include "gateway/relayed_request.hpp"

#include "base/random.hpp"

namespace convoke {
namespace {

constexpr std::string_view key_prefix = "relay-";
/// How long a person may take to answer. Then the server is told that there is no answer.
constexpr auto patience = std::chrono::minutes(10);
constexpr std::size_t max_questions = 100;  ///< of one request

/// Whether this client can be asked at all.
bool takes(const mcp::ClientCapabilities& client, const decltype(RelayedQuestion::request)& request) {
  if (const auto* elicit = std::get_if<mcp::ElicitRequest>(&request)) {
    return elicit->mode == mcp::ElicitRequest::Mode::url ? client.elicitation_url : client.elicitation_form;
  }
  return client.sampling;
}

/// The answer of a client that cannot be asked: a person who declines is an answer every server knows.
Result<RelayedQuestion::Answer> declined(const decltype(RelayedQuestion::request)& request) {
  if (std::holds_alternative<mcp::ElicitRequest>(request)) {
    return mcp::ElicitResult{.action = mcp::ElicitResult::Action::decline};
  }
  return fail(Errc::denied, "the client of this gateway does not offer sampling");
}

template <class T>
Result<RelayedQuestion::Answer> as_answer(Result<T> result) {
  if (!result) return std::unexpected(std::move(result).error());
  return RelayedQuestion::Answer(*std::move(result));
}

}  // namespace

std::string new_relay_id() { return random_id(key_prefix); }

std::optional<std::string> relay_of(const mcp::RequestContext& context) {
  for (const auto& [key, answer] : context.caller().input_responses) {
    const std::string_view text = key;
    if (text.starts_with(key_prefix)) return std::string(text.substr(0, text.rfind('/')));
  }
  return std::nullopt;
}

std::shared_ptr<const mcp::HostCallbacks> RelayedRequest::host(const std::shared_ptr<RelayedRequest>& self) {
  mcp::HostCallbacks callbacks;
  callbacks.elicit_by_url = true;
  callbacks.elicit = [self](mcp::ElicitRequest request) -> Task<Result<mcp::ElicitResult>> {
    CO_TRY(auto answer, co_await self->ask(std::move(request)));
    co_return std::get<mcp::ElicitResult>(std::move(answer));
  };
  callbacks.sample = [self](mcp::SamplingRequest request) -> Task<Result<mcp::SamplingResult>> {
    CO_TRY(auto answer, co_await self->ask(std::move(request)));
    co_return std::get<mcp::SamplingResult>(std::move(answer));
  };
  return std::make_shared<const mcp::HostCallbacks>(std::move(callbacks));
}

Task<Result<RelayedQuestion::Answer>> RelayedRequest::ask(decltype(RelayedQuestion::request) request) {
  if (questions_.size() >= max_questions) co_return fail(Errc::exhausted, "the server has asked too often");
  auto& question = questions_.emplace_back(id_ + "/" + std::to_string(questions_.size() + 1), std::move(request));
  changed_.notify();
  const Deadline deadline = SteadyClock::now() + patience;
  while (!question.answer && !ended_ && !abandoned_) {
    const bool in_time = co_await changed_.wait_until(deadline);
    if (!in_time) question.answer = fail(Errc::timed_out, "the client gave no answer in time");
  }
  if (!question.answer) co_return fail(Errc::cancelled, "the client wants no answer any more");
  co_return *question.answer;
}

RelayedQuestion* RelayedRequest::open_question() {
  const auto open = std::ranges::find_if(questions_, [](const RelayedQuestion& one) { return !one.answer; });
  return open == questions_.end() ? nullptr : &*open;
}

Task<bool> RelayedRequest::serve(mcp::RequestContext& context) {
  while (!ended_) {
    if (progress_) {
      co_await tell_progress(context);
    } else if (RelayedQuestion* question = open_question()) {
      const bool is_answered = co_await put_to_client(context, *question);
      if (!is_answered) co_return false;
    } else {
      co_await changed_.wait();
    }
  }
  co_return true;
}

Task<> RelayedRequest::tell_progress(mcp::RequestContext& context) {
  const mcp::Progress latest = *std::exchange(progress_, std::nullopt);
  co_await context.progress(latest.progress, latest.total, latest.message);
}

/// False when the client has to come back with the answer.
Task<bool> RelayedRequest::put_to_client(mcp::RequestContext& context, RelayedQuestion& question) {
  Result<RelayedQuestion::Answer> answer = declined(question.request);
  if (takes(context.client(), question.request)) {
    if (const auto* elicit = std::get_if<mcp::ElicitRequest>(&question.request)) {
      answer = as_answer(co_await context.elicit(question.key, *elicit));
    } else {
      answer = as_answer(co_await context.sample(question.key, std::get<mcp::SamplingRequest>(question.request)));
    }
  }
  if (!answer && context.wanted().contains(question.key)) co_return false;
  if (!question.answer) question.answer = std::move(answer);
  changed_.notify();
  co_return true;
}

void RelayedRequest::progressed(const mcp::Progress& progress) {
  progress_ = progress;
  changed_.notify();
}

void RelayedRequest::end() {
  ended_ = true;
  changed_.notify();
}

void RelayedRequest::abandon() {
  abandoned_ = true;
  changed_.notify();
}

Task<> RelayedRequest::abandoned() {
  while (!abandoned_) co_await changed_.wait();
}

}  // namespace convoke
