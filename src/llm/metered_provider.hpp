#pragma once
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "llm/pricing.hpp"
#include "llm/provider.hpp"

namespace convoke {

/// Where the calls of one provider are written down, and by which prices.
struct Metering {
  Pricing pricing{};
  std::string key{};  ///< the label of the API key
  /// Notes a call that is about to be sent; `cost` is the most it may cost. On an error the call is not made.
  std::function<Task<Result<void>>(ModelCall)> open{};
  /// Notes how it ended. Never waits.
  std::function<void(ModelCall)> close{};
};

/// Accounts for every call of the provider inside, also for those that fail or are cancelled: their tokens, what they
/// cost, who pays. Goes inside of whatever repeats calls, so that each attempt counts. Where the provider sends no
/// figures, the reply gets the count they are accounted with, marked as an estimate.
class MeteredProvider final : public Provider {
 public:
  /// `clock` must outlive it.
  MeteredProvider(std::unique_ptr<Provider> inner, Metering metering, const Clock& clock);

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

 private:
  class OpenCall;

  std::unique_ptr<Provider> inner_;
  Metering metering_;
  const Clock& clock_;
};

}  // namespace convoke
