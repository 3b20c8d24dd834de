#pragma once
#include <functional>
#include <memory>
#include <string>

#include "hub/toolbox.hpp"
#include "mcp/client/client_options.hpp"

namespace convoke {

/// The way from a running call, on the loop of its server, to its caller, on theirs. Made and gone on the caller's
/// loop; in between it is used on the server's.
class CallerLine {
 public:
  /// `home` is the loop of `caller`, which must outlive the line.
  CallerLine(Executor home, ToolCaller& caller);
  ~CallerLine();
  CallerLine(const CallerLine&) = delete;
  CallerLine& operator=(const CallerLine&) = delete;

  /// Where the server's progress goes in. It may be used when the line is gone: nobody hears it then.
  std::function<void(const mcp::Progress&)> progress() const;

  // The line must outlive the task.
  Task<InputAnswer> ask(InputRequest request) const;
  Task<Result<SampledReply>> sample(SamplingQuestion question) const;

  const std::string& conversation() const { return conversation_; }

 private:
  /// Shared with posted progress, which may arrive after the caller has gone.
  struct Target {
    ToolCaller* caller;
  };
  Executor home_;
  std::string conversation_;
  std::shared_ptr<Target> target_;
};

}  // namespace convoke
