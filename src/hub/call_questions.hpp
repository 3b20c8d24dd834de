#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/task_scope.hpp"
#include "hub/caller_line.hpp"
#include "mcp/client/client_options.hpp"
#include "mcp/types/tool.hpp"

namespace convoke {

/// What a server asks while it works on a call, brought to whoever made the call. Lives as long as the call, on the
/// loop of the server.
class CallQuestions {
 public:
  /// `line` must outlive it. `server` is the name of the one that asks.
  CallQuestions(Executor executor, const CallerLine& line, std::string server, Log log);
  ~CallQuestions();
  CallQuestions(const CallQuestions&) = delete;
  CallQuestions& operator=(const CallQuestions&) = delete;

  /// Awaits `work`; questions that are still open when it ends are withdrawn before this returns.
  Task<Result<mcp::CallToolResult>> run(Task<Result<mcp::CallToolResult>> work);

  /// Puts the caller's answers into `host`; sampling only where it has some already, which says that the server may.
  /// The callbacks may be used when this is gone: they say `cancel` then.
  mcp::HostCallbacks answering(mcp::HostCallbacks host) const;

  const std::string& conversation() const { return line_.conversation(); }

 private:
  /// What a question has come to. Shared by who waits for the answer and who brings it: each may be cancelled first.
  template <class T>
  struct Pending {
    Pending(Executor executor, T unanswered) : answer(std::move(unanswered)), changed(std::move(executor)) {}
    T answer;
    bool is_over = false;
    bool is_abandoned = false;
    Signal changed;
  };
  /// Shared with callbacks that outlive the call.
  struct Door {
    CallQuestions* inside;
  };

  Task<InputAnswer> ask(InputRequest request);
  Task<Result<SampledReply>> sample(SamplingQuestion question);
  template <class T>
  Task<T> at_caller(Task<T> question, T unanswered);
  template <class T>
  static Task<> bring(std::shared_ptr<Pending<T>> pending, Task<T> question);

  Executor executor_;
  const CallerLine& line_;
  std::string server_;
  TaskScope questions_;
  std::shared_ptr<Door> door_;
};

}  // namespace convoke
