#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "hub/toolbox.hpp"

namespace convoke {

/// A toolbox without servers, for tests of those who use tools: it does what it was told and remembers its calls.
///
///     FakeToolbox tools;
///     tools.answers("weather", "sunny");
///     tools.fails("search", "connection refused");
///
/// `answers`, `fails` and `hangs` also add the tool if it is not there yet. Callable from any loop.
class FakeToolbox final : public Toolbox {
 public:
  /// A tool that answers "done" until told otherwise.
  void has(Tool tool);
  void answers(const std::string& tool, std::string text);
  void fails(const std::string& tool, std::string why);
  /// A call of it ends only by cancellation.
  void hangs(const std::string& tool);
  /// Before each answer it reports this.
  void reports(const std::string& tool, ToolProgress progress);

  /// Every call so far, in the order they began.
  std::vector<ToolCall> calls() const;
  int cancelled_calls() const;

  std::shared_ptr<const std::vector<Tool>> tools() const override;
  Task<ToolResult> call(ToolCall call, ToolCaller& caller) override;

 private:
  struct Behaviour {
    Tool tool;
    std::string text = "done";
    bool is_error = false;
    bool hangs = false;
    std::optional<ToolProgress> progress;
  };
  Behaviour& behaviour(const std::string& tool);
  std::optional<Behaviour> begin(const ToolCall& call);

  mutable std::mutex mutex_;
  std::vector<Behaviour> behaviours_;
  std::vector<ToolCall> calls_;
  int cancelled_calls_ = 0;
};

}  // namespace convoke
