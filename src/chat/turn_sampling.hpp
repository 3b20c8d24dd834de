#pragma once
#include <optional>
#include <string>

#include "chat/settings.hpp"
#include "chat/turn_inputs.hpp"
#include "llm/models.hpp"

namespace convoke {

/// A turn's model, lent to the servers of its tools: with the user's consent, within limits, on the turn's account.
class TurnSampling {
 public:
  /// All references must outlive it.
  TurnSampling(const SamplingLimits& limits, const Models& models, const std::optional<std::string>& model,
               TurnInputs& inputs)
      : limits_(limits), models_(models), model_(model), inputs_(inputs) {}

  struct Sampled {
    SampledReply reply;
    Usage usage{};
  };
  /// `denied` when the user declines; `exhausted` over the limit of a turn; else what the provider says.
  Task<Result<Sampled>> answer(SamplingQuestion question, CallAccount account = {});

 private:
  const SamplingLimits& limits_;
  const Models& models_;
  const std::optional<std::string>& model_;
  TurnInputs& inputs_;
  int answered_ = 0;
};

/// The model to ask: the first of those configured that a hint names, whole or in part; else the one the turn uses.
/// Pure.
ModelChoice model_for(const std::vector<std::string>& hints, const Models& models,
                      const std::optional<std::string>& usual);

}  // namespace convoke
