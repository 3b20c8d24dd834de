#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/task.hpp"
#include "domain/input.hpp"
#include "domain/message.hpp"

namespace convoke {

/// What a tool says about itself. Untrusted: hints, never a ground to allow what is not configured to be allowed.
struct ToolHints {
  bool read_only = false;
  bool destructive = true;
  bool idempotent = false;
  bool open_world = true;
  bool operator==(const ToolHints&) const = default;
};

/// A tool of some server, under the name the model uses for it.
struct Tool {
  std::string name;    ///< unique in the toolbox; `server__tool` where the bare name is taken twice
  std::string server;  ///< the key in servers_config.json
  std::string title{};
  std::string description{};
  json::object input_schema{};
  std::string own_name{};  ///< the server's name for it
  ToolHints hints{};
  bool auto_approved = false;  ///< its server's `autoApprove` names it
  bool operator==(const Tool&) const = default;
};

/// True when the two are the same tool with the same definition: consent to one is consent to the other.
bool is_same_definition(const Tool& a, const Tool& b);

/// Tells definitions apart as `is_same_definition` does, in 43 characters that cannot be aimed at (SHA-256).
std::string fingerprint(const Tool& tool);

/// `invalid_input` when the arguments do not fit the tool's schema: says which member and why. A schema that is none
/// refuses nothing.
Result<void> check_arguments(const Tool& tool, const json::object& arguments);

/// What is happening to a call while it runs.
struct ToolProgress {
  double progress = 0;
  std::optional<double> total;
  std::string message;
};

/// Whoever makes a call, as the tool's server can reach them while it runs. Used on the caller's loop, until the call
/// has returned. This class itself is a caller without a person: it refuses everything.
class ToolCaller {
 public:
  virtual ~ToolCaller() = default;
  virtual void on_progress(const ToolProgress&) {}
  /// Tells callers apart: a server that does not say which of its calls a question belongs to is only answered while
  /// all of them are of one conversation.
  virtual std::string conversation() const { return {}; }
  /// Puts a question to the person and waits for their answer, or for its expiry.
  virtual Task<InputAnswer> ask(InputRequest request);
  /// Lets the caller's model answer. `denied` when it may not.
  virtual Task<Result<SampledReply>> sample(SamplingQuestion question);
};

/// The tools a turn can use. Callable from any loop; each call resumes on the caller's.
class Toolbox {
 public:
  virtual ~Toolbox() = default;

  /// The tools that are there now, in a fixed order (by server, then as the server lists them).
  virtual std::shared_ptr<const std::vector<Tool>> tools() const = 0;

  /// Calls one tool and returns what it answered. Never fails: an unknown tool, a dead server, arguments that are not
  /// JSON, a deadline, all become a result with `is_error` that tells the model what happened. Cancelling the caller
  /// cancels the call at the server.
  /// `caller` must outlive the call.
  virtual Task<ToolResult> call(ToolCall call, ToolCaller& caller) = 0;
};

}  // namespace convoke
