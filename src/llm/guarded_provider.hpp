#pragma once
#include <memory>

#include "llm/call_gate.hpp"
#include "llm/output_limit.hpp"
#include "llm/pricing.hpp"
#include "llm/provider.hpp"

namespace convoke {

/// By what the calls of one provider are let through.
struct Guarding {
  std::string provider{};  ///< its name in the configuration
  std::string key{};       ///< the label of its API key
  Pricing pricing{};
  std::chrono::milliseconds queue_timeout{30'000};  ///< how long a call may wait that brings no deadline
  std::chrono::milliseconds slow_call{0};           ///< a first word later than this counts against it; 0: none does
  std::optional<int> max_tokens{};                  ///< of an answer, for prompts that say nothing
  bool has_budget = false;                          ///< money matters: no call may cost more than was reserved for it
};

/// Makes each call of the provider inside wait until limits, budgets and breaker let it pass, and settles it when it
/// has ended, however it ends. One call here is one attempt at the provider: what repeats goes outside. Inside there
/// has to be a MeteredProvider, whose account says what was used.
class GuardedProvider final : public Provider {
 public:
  /// Gate and clock must outlive it.
  GuardedProvider(std::unique_ptr<Provider> inner, Guarding guarding, CallGate& gate, const Clock& clock, Log log = {});

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

 private:
  struct Size {
    std::int64_t estimated = 0;  ///< of the prompt, before it is corrected by experience
    std::int64_t prompt = 0;
    std::int64_t answer = 0;
    std::int64_t longest_prompt = 0;  ///< as far as our count may be off
    std::optional<Price> price{};
    std::optional<Money> cost{};  ///< at most
    double count_error = 0;
    bool is_paid_for = false;  ///< the money for all of it is reserved: it may not become longer
  };
  Size size_up(Prompt& prompt) const;
  /// Shortens the answer until it costs no more than `left`. False: hardly anything would be left of it.
  static bool make_affordable(Prompt& prompt, Size& size, Money left);
  static OutputLimit output_limit(const Prompt& prompt, const Size& size);
  limits::Ask ask_for(const Prompt& prompt, const Size& size) const;
  limits::Health health_of(const ReplyResult& result, std::optional<limits::Duration> first_word) const;
  Task<ReplyResult> call(Prompt prompt, ShowDelta on_delta, Size size, CallGate::Pass pass);

  std::unique_ptr<Provider> inner_;
  Guarding guarding_;
  CallGate& gate_;
  const Clock& clock_;
  Log log_;
};

}  // namespace convoke
