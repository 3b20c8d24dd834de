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

  /// Adds to `host` what the caller can answer. The callbacks may be used when this is gone: they say `cancel` then.
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

/// A server's elicitation as a question to a person, and their answer as the server understands it. `invalid_input` for
/// a page that is none of the web. Pure.
Result<InputRequest> question_of(const std::string& server, const mcp::ElicitRequest& request);
mcp::ElicitResult elicit_result_of(const InputAnswer& answer);

/// Host and port of an http or https address, which is what a person should look at before they open it: without user
/// names, which may pretend to be the host. Empty for any other address, and for a host that is not plain ASCII.
std::string host_of_web_address(std::string_view url);

}  // namespace convoke
