#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/task.hpp"
#include "domain/message.hpp"

namespace convoke {

/// A tool of some server, under the name the model uses for it.
struct Tool {
  std::string name;    ///< unique in the toolbox; `server__tool` where the bare name is taken twice
  std::string server;  ///< the key in servers_config.json
  std::string title;
  std::string description;
  json::object input_schema;
  bool operator==(const Tool&) const = default;
};

/// What is happening to a call while it runs.
struct ToolProgress {
  double progress = 0;
  std::optional<double> total;
  std::string message;
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
  virtual Task<ToolResult> call(ToolCall call, std::function<void(const ToolProgress&)> on_progress) = 0;
};

}  // namespace convoke
