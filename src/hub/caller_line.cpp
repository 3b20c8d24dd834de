#include "hub/caller_line.hpp"

namespace convoke {

CallerLine::CallerLine(Executor home, ToolCaller& caller)
    : home_(std::move(home)), conversation_(caller.conversation()), target_(std::make_shared<Target>(&caller)) {}

CallerLine::~CallerLine() { target_->caller = nullptr; }

std::function<void(const mcp::Progress&)> CallerLine::progress() const {
  return [home = home_, target = target_](const mcp::Progress& progress) {
    asio::post(home, [target, seen = ToolProgress{progress.progress, progress.total, progress.message}] {
      if (target->caller) target->caller->on_progress(seen);
    });
  };
}

Task<InputAnswer> CallerLine::ask(InputRequest request) const {
  std::function<Task<InputAnswer>()> question = [caller = target_->caller, request = std::move(request)] {
    return caller->ask(request);
  };
  co_return co_await run_on<InputAnswer>(home_, std::move(question));
}

Task<Result<SampledReply>> CallerLine::sample(SamplingQuestion question) const {
  std::function<Task<Result<SampledReply>>()> body = [caller = target_->caller, question = std::move(question)] {
    return caller->sample(question);
  };
  co_return co_await run_on<Result<SampledReply>>(home_, std::move(body));
}

}  // namespace convoke
