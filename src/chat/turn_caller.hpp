#pragma once
#include <functional>
#include <string>

#include "chat/turn_inputs.hpp"
#include "hub/toolbox.hpp"

namespace convoke {

/// A turn as the servers of its tools see it. Made for one call.
class TurnCaller final : public ToolCaller {
 public:
  using OnProgress = std::function<void(const ToolProgress&)>;
  using Sample = std::function<Task<Result<SampledReply>>(SamplingQuestion)>;

  /// `inputs` must outlive it.
  TurnCaller(TurnInputs& inputs, std::string conversation_id, OnProgress on_progress, Sample sample)
      : inputs_(inputs),
        conversation_id_(std::move(conversation_id)),
        on_progress_(std::move(on_progress)),
        sample_(std::move(sample)) {}

  void on_progress(const ToolProgress& progress) override { on_progress_(progress); }
  std::string conversation() const override { return conversation_id_; }
  Task<InputAnswer> ask(InputRequest request) override { return inputs_.ask(std::move(request)); }
  Task<Result<SampledReply>> sample(SamplingQuestion question) override {
    return sample_ ? sample_(std::move(question)) : ToolCaller::sample(std::move(question));
  }

 private:
  TurnInputs& inputs_;
  std::string conversation_id_;
  OnProgress on_progress_;
  Sample sample_;
};

}  // namespace convoke
