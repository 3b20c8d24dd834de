#include "gateway/relayed_request.hpp"

#include "base/random.hpp"

namespace convoke {
namespace {

constexpr std::string_view relay_key = "convoke/relay";
/// How long a person may take to answer. Then the server is told that there is no answer.
constexpr auto patience = std::chrono::minutes(10);
constexpr std::size_t max_questions = 100;    ///< of one request
constexpr std::size_t max_log_lines = 1'000;  ///< that wait for the client to take them; later ones are lost

/// Whether this client can be asked at all.
bool takes(const mcp::ClientCapabilities& client, const RelayedQuestion::Request& request) {
  if (const auto* elicit = std::get_if<mcp::ElicitRequest>(&request)) {
    return elicit->mode == mcp::ElicitRequest::Mode::url ? client.elicitation_url : client.elicitation_form;
  }
  return std::holds_alternative<RelayedQuestion::Roots>(request) ? client.roots : client.sampling;
}

/// The answer of a client that cannot be asked: a person who declines is an answer every server knows.
Result<RelayedQuestion::Answer> declined(const RelayedQuestion::Request& request) {
  if (std::holds_alternative<mcp::ElicitRequest>(request)) {
    return mcp::ElicitResult{.action = mcp::ElicitResult::Action::decline};
  }
  return fail(Errc::denied, "the client of this gateway does not offer that");
}

template <class T>
Result<RelayedQuestion::Answer> as_answer(Result<T> result) {
  if (!result) return std::unexpected(std::move(result).error());
  return RelayedQuestion::Answer(*std::move(result));
}

}  // namespace

std::string new_relay_id() { return random_id("relay-"); }

std::optional<std::string> relay_of(const mcp::RequestContext& context) {
  const json::object* kept = context.kept(relay_key);
  if (!kept) return std::nullopt;
  return string_or_empty(*kept, "id");
}

void keep_relay(mcp::RequestContext& context, const std::string& id) {
  context.keep(std::string(relay_key), {{"id", id}});
}

bool is_for_clients(const mcp::jsonrpc::ErrorObject& error, const mcp::RequestContext& context) {
  namespace code = mcp::error_code;
  if (error.code == code::missing_client_capability) return context.era() == mcp::Era::modern;
  return error.code == code::invalid_params;
}

std::shared_ptr<const mcp::HostCallbacks> RelayedRequest::host(const std::shared_ptr<RelayedRequest>& self) {
  mcp::HostCallbacks callbacks;
  callbacks.elicit_by_url = true;
  callbacks.elicit = [self](mcp::ElicitRequest request) -> Task<Result<mcp::ElicitResult>> {
    std::string key = request.key;
    CO_TRY(auto answer, co_await self->ask(std::move(key), std::move(request)));
    co_return std::get<mcp::ElicitResult>(std::move(answer));
  };
  callbacks.sample = [self](mcp::SamplingRequest request) -> Task<Result<mcp::SamplingResult>> {
    std::string key = request.key;
    CO_TRY(auto answer, co_await self->ask(std::move(key), std::move(request)));
    co_return std::get<mcp::SamplingResult>(std::move(answer));
  };
  callbacks.roots = [self]() -> Task<Result<std::vector<mcp::Root>>> {
    CO_TRY(auto answer, co_await self->ask("roots", RelayedQuestion::Roots{}));
    co_return std::get<std::vector<mcp::Root>>(std::move(answer));
  };
  return std::make_shared<const mcp::HostCallbacks>(std::move(callbacks));
}

mcp::CallOptions RelayedRequest::options(const std::shared_ptr<RelayedRequest>& self,
                                         const mcp::RequestContext& context) {
  mcp::CallOptions options{.trace = context.trace(), .host = host(self)};
  options.capabilities = context.client();
  options.capabilities->tasks = true;  // we look after them
  options.capabilities->extensions.clear();
  options.on_progress = [self](const mcp::Progress& progress) { self->progressed(progress); };
  options.on_task = [self](const mcp::TaskReport&) { self->become_task(); };
  options.log_level = context.caller().log_level;
  if (options.log_level) options.on_log = [self](const mcp::LogMessage& message) { self->logged(message); };
  options.on_refusal = [self](const mcp::jsonrpc::ErrorObject& error) { self->refusal_ = error; };
  return options;
}

Task<Result<RelayedQuestion::Answer>> RelayedRequest::ask(std::string key, RelayedQuestion::Request request) {
  if (questions_.size() >= max_questions) co_return fail(Errc::exhausted, "the server has asked too often");
  auto& question = questions_.emplace_back(free_key(key), std::move(request));
  changed_.notify();
  const Deadline deadline = SteadyClock::now() + patience;
  while (!question.answer && !ended_ && !abandoned_) {
    const bool in_time = co_await changed_.wait_until(deadline);
    if (!in_time) question.answer = fail(Errc::timed_out, "the client gave no answer in time");
  }
  if (!question.answer) co_return fail(Errc::cancelled, "the client wants no answer any more");
  co_return *question.answer;
}

/// A server may use a key again, in a later round; our client would answer that from what it said before.
std::string RelayedRequest::free_key(const std::string& wanted) const {
  const auto is_taken = [&](const std::string& key) {
    return key.empty() || std::ranges::any_of(questions_, [&](const auto& one) { return one.key == key; });
  };
  std::string key = wanted;
  for (int number = 1; is_taken(key); ++number)
    key = (wanted.empty() ? "question" : wanted) + "-" + std::to_string(number);
  return key;
}

bool RelayedRequest::has_open_question() const {
  return std::ranges::any_of(questions_, [](const RelayedQuestion& one) { return !one.answer; });
}

Task<bool> RelayedRequest::serve(mcp::RequestContext& context) {
  for (;;) {
    if (is_task_) context.become_task();
    if (!log_.empty()) {
      co_await tell_log(context);
    } else if (ended_) {
      co_return true;
    } else if (progress_) {
      co_await tell_progress(context);
    } else if (has_open_question()) {
      const bool all_answered = co_await put_open_questions(context);
      if (!all_answered) co_return false;
    } else {
      co_await changed_.wait();
    }
  }
}

Task<> RelayedRequest::tell_log(mcp::RequestContext& context) {
  mcp::LogMessage message = std::move(log_.front());
  log_.pop_front();
  co_await context.log(message.level, std::move(message.data), std::move(message.logger));
}

/// All of them, so that a client that has to come back does so once.
Task<bool> RelayedRequest::put_open_questions(mcp::RequestContext& context) {
  bool all_answered = true;
  for (std::size_t i = 0; i < questions_.size(); ++i) {  // there may be more of them when one is answered
    if (questions_[i].answer) continue;
    const bool is_answered = co_await put_to_client(context, questions_[i]);
    all_answered = all_answered && is_answered;
  }
  co_return all_answered;
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
    } else if (const auto* sample = std::get_if<mcp::SamplingRequest>(&question.request)) {
      answer = as_answer(co_await context.sample(question.key, *sample));
    } else {
      answer = as_answer(co_await context.roots(question.key));
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

void RelayedRequest::logged(const mcp::LogMessage& message) {
  if (log_.size() < max_log_lines) log_.push_back(message);
  changed_.notify();
}

void RelayedRequest::become_task() {
  is_task_ = true;
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
