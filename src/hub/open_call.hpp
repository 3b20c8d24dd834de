#pragma once
#include <functional>
#include <memory>

#include "base/task_scope.hpp"
#include "hub/caller_line.hpp"
#include "mcp/types/tool.hpp"

namespace convoke {

/// A call under way: what its server asks of the caller meanwhile, and how long it may take. Its clock stands still
/// while somebody is asked, and starts anew with every sign of progress. Lives on the loop of the server.
class OpenCall {
 public:
  using Outcome = Result<mcp::CallToolResult>;

  /// `line` must outlive the call. `patience` is how long the server may be silent.
  OpenCall(Executor executor, const CallerLine& line, std::chrono::milliseconds patience, Log log);
  OpenCall(const OpenCall&) = delete;
  OpenCall& operator=(const OpenCall&) = delete;

  /// Awaits `work`, at most as long as it may take; then it is `timed_out`. Questions that are open when it ends are
  /// withdrawn before this returns.
  Task<Outcome> run(Task<Outcome> work);

  /// Asks the caller. May be awaited by a task that outlives the call: when the call ends first, so does the question.
  Task<InputAnswer> ask(InputRequest request);
  Task<Result<SampledReply>> sample(SamplingQuestion question);

  /// Where the server's progress goes in.
  std::function<void(const mcp::Progress&)> progress();

  const std::string& conversation() const { return line_.conversation(); }

 private:
  /// What a question has come to. Shared by who waits for the answer and who brings it: each may be cancelled first.
  template <class T>
  struct Pending {
    explicit Pending(Executor executor, T unanswered) : answer(std::move(unanswered)), changed(executor) {}
    T answer;
    bool is_over = false;
    bool is_abandoned = false;
    Signal changed;
  };
  template <class T>
  Task<T> at_caller(Task<T> question, T unanswered);
  template <class T>
  Task<> bring(std::shared_ptr<Pending<T>> pending, Task<T> question);
  Task<> race(Task<Outcome> work, Outcome& outcome);
  Task<> out_of_time();
  void restart_clock();

  Executor executor_;
  const CallerLine& line_;
  std::chrono::milliseconds patience_;
  TaskScope questions_;
  Signal clock_changed_;
  Deadline deadline_;
  int open_questions_ = 0;
};

}  // namespace convoke
