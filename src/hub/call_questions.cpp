#include "hub/call_questions.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "hub/host_answers.hpp"

namespace convoke {

using namespace asio::experimental::awaitable_operators;

CallQuestions::CallQuestions(Executor executor, const CallerLine& line, std::string server, Log log)
    : executor_(executor),
      line_(line),
      server_(std::move(server)),
      questions_(executor, std::move(log)),
      door_(std::make_shared<Door>(this)) {}

CallQuestions::~CallQuestions() { door_->inside = nullptr; }

Task<Result<mcp::CallToolResult>> CallQuestions::run(Task<Result<mcp::CallToolResult>> work) {
  Result<mcp::CallToolResult> outcome = fail(Errc::internal, "the call was not made");
  auto body = [&]() -> Task<> { outcome = co_await std::move(work); };
  co_await questions_.run(body());
  co_return outcome;
}

mcp::HostCallbacks CallQuestions::answering(mcp::HostCallbacks host) const {
  if (host.sample) {
    host.sample = [door = door_](mcp::SamplingRequest request) -> Task<Result<mcp::SamplingResult>> {
      if (!door->inside) co_return fail(Errc::cancelled, "the call this was for has ended");
      CO_TRY(auto question, sampling_question_of(door->inside->server_, request));
      CO_TRY(const auto reply, co_await door->inside->sample(std::move(question)));
      co_return sampling_result_of(reply);
    };
  }
  host.elicit_by_url = true;
  host.elicit = [door = door_](mcp::ElicitRequest request) -> Task<Result<mcp::ElicitResult>> {
    if (!door->inside) co_return mcp::ElicitResult{};
    CO_TRY(auto question, question_of(door->inside->server_, request));
    const InputAnswer answer = co_await door->inside->ask(std::move(question));
    co_return elicit_result_of(answer);
  };
  return host;
}

Task<InputAnswer> CallQuestions::ask(InputRequest request) {
  return at_caller<InputAnswer>(line_.ask(std::move(request)), {InputDecision::cancelled});
}

Task<Result<SampledReply>> CallQuestions::sample(SamplingQuestion question) {
  return at_caller<Result<SampledReply>>(line_.sample(std::move(question)),
                                         fail(Errc::cancelled, "the call this was for has ended"));
}

template <class T>
Task<T> CallQuestions::at_caller(Task<T> question, T unanswered) {
  auto pending = std::make_shared<Pending<T>>(executor_, std::move(unanswered));
  questions_.spawn("a server's question", bring<T>(pending, std::move(question)));
  struct Leave {
    Pending<T>& pending;
    ~Leave() {
      pending.is_abandoned = true;
      pending.changed.notify();
    }
  } const leave{*pending};
  while (!pending->is_over) co_await pending->changed.wait();
  co_return std::move(pending->answer);
}

template <class T>
Task<> CallQuestions::bring(std::shared_ptr<Pending<T>> pending, Task<T> question) {
  struct Over {
    Pending<T>& pending;
    ~Over() {
      pending.is_over = true;
      pending.changed.notify();
    }
  } const over{*pending};
  auto until_abandoned = [](std::shared_ptr<Pending<T>> watched) -> Task<> {
    while (!watched->is_abandoned) co_await watched->changed.wait();
  };
  auto first = co_await (std::move(question) || until_abandoned(pending));
  if (first.index() == 0) pending->answer = std::get<0>(std::move(first));
}

}  // namespace convoke
