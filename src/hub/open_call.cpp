#include "hub/open_call.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace convoke {

using namespace asio::experimental::awaitable_operators;

OpenCall::OpenCall(Executor executor, const CallerLine& line, std::chrono::milliseconds patience, Log log)
    : executor_(executor),
      line_(line),
      patience_(patience),
      questions_(executor, std::move(log)),
      clock_changed_(executor),
      deadline_(SteadyClock::now() + patience) {}

Task<OpenCall::Outcome> OpenCall::run(Task<Outcome> work) {
  Outcome outcome = fail(Errc::timed_out, "no result in time");
  co_await questions_.run(race(std::move(work), outcome));
  co_return outcome;
}

Task<> OpenCall::race(Task<Outcome> work, Outcome& outcome) {
  auto first = co_await (std::move(work) || out_of_time());
  if (first.index() == 0) outcome = std::get<0>(std::move(first));
}

/// Returns when the server has been silent for too long.
Task<> OpenCall::out_of_time() {
  for (;;) {
    if (open_questions_ > 0) {
      co_await clock_changed_.wait();
    } else if (SteadyClock::now() >= deadline_) {
      co_return;
    } else {
      co_await clock_changed_.wait_until(deadline_);
    }
  }
}

void OpenCall::restart_clock() {
  deadline_ = SteadyClock::now() + patience_;
  clock_changed_.notify();
}

std::function<void(const mcp::Progress&)> OpenCall::progress() {
  return [this, tell = line_.progress()](const mcp::Progress& progress) {
    restart_clock();
    tell(progress);
  };
}

Task<InputAnswer> OpenCall::ask(InputRequest request) {
  return at_caller<InputAnswer>(line_.ask(std::move(request)), {InputDecision::cancelled});
}

Task<Result<SampledReply>> OpenCall::sample(SamplingQuestion question) {
  return at_caller<Result<SampledReply>>(line_.sample(std::move(question)),
                                         fail(Errc::cancelled, "the call this is for has ended"));
}

template <class T>
Task<T> OpenCall::at_caller(Task<T> question, T unanswered) {
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
Task<> OpenCall::bring(std::shared_ptr<Pending<T>> pending, Task<T> question) {
  ++open_questions_;
  clock_changed_.notify();
  struct Over {
    OpenCall& call;
    Pending<T>& pending;
    ~Over() {
      pending.is_over = true;
      pending.changed.notify();
      --call.open_questions_;
      call.restart_clock();
    }
  } const over{*this, *pending};
  auto until_abandoned = [](std::shared_ptr<Pending<T>> watched) -> Task<> {
    while (!watched->is_abandoned) co_await watched->changed.wait();
  };
  auto first = co_await (std::move(question) || until_abandoned(pending));
  if (first.index() == 0) pending->answer = std::get<0>(std::move(first));
}

}  // namespace convoke
