#include "hub/fake_toolbox.hpp"

namespace convoke {

// Private: called with the mutex held.
FakeToolbox::Behaviour& FakeToolbox::behaviour(const std::string& tool) {
  const auto found = std::ranges::find(behaviours_, tool, [](const Behaviour& one) { return one.tool.name; });
  if (found != behaviours_.end()) return *found;
  return behaviours_.emplace_back(Behaviour{.tool = {.name = tool,
                                                     .server = "fake",
                                                     .title = tool,
                                                     .description = "",
                                                     .input_schema = {{"type", "object"}},
                                                     .own_name = tool,
                                                     .hints = {.read_only = true}},
                                            .progress = {}});
}

void FakeToolbox::has(Tool tool) {
  const std::lock_guard lock(mutex_);
  behaviour(tool.name).tool = tool;
}

void FakeToolbox::answers(const std::string& tool, std::string text) {
  const std::lock_guard lock(mutex_);
  behaviour(tool).text = std::move(text);
  behaviour(tool).is_error = false;
}

void FakeToolbox::fails(const std::string& tool, std::string why) {
  const std::lock_guard lock(mutex_);
  behaviour(tool).text = std::move(why);
  behaviour(tool).is_error = true;
}

void FakeToolbox::hangs(const std::string& tool) {
  const std::lock_guard lock(mutex_);
  behaviour(tool).hangs = true;
}

void FakeToolbox::reports(const std::string& tool, ToolProgress progress) {
  const std::lock_guard lock(mutex_);
  behaviour(tool).progress = std::move(progress);
}

std::vector<ToolCall> FakeToolbox::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

int FakeToolbox::cancelled_calls() const {
  const std::lock_guard lock(mutex_);
  return cancelled_calls_;
}

std::shared_ptr<const std::vector<Tool>> FakeToolbox::tools() const {
  const std::lock_guard lock(mutex_);
  auto listed = std::make_shared<std::vector<Tool>>();
  for (const Behaviour& one : behaviours_) listed->push_back(one.tool);
  return listed;
}

std::optional<FakeToolbox::Behaviour> FakeToolbox::begin(const ToolCall& call) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(call);
  const auto found = std::ranges::find(behaviours_, call.name, [](const Behaviour& one) { return one.tool.name; });
  if (found == behaviours_.end()) return std::nullopt;
  return *found;
}

Task<ToolResult> FakeToolbox::call(ToolCall call, ToolCaller& caller) {
  const auto behaviour = begin(call);
  ToolResult result{.call_id = call.id, .name = call.name, .text = "there is no tool '" + call.name + "'"};
  result.is_error = true;
  if (!behaviour) co_return result;
  if (behaviour->progress) caller.on_progress(*behaviour->progress);
  if (behaviour->hangs) {
    struct CountCancelled {
      FakeToolbox& toolbox;
      ~CountCancelled() {
        const std::lock_guard lock(toolbox.mutex_);
        ++toolbox.cancelled_calls_;
      }
    } const counted{*this};
    co_await sleep_until(Deadline::max());
  }
  co_await yield_to_loop();
  result.text = behaviour->text;
  result.is_error = behaviour->is_error;
  co_return result;
}

}  // namespace convoke
