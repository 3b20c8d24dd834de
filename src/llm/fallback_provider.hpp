#pragma once
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "llm/provider.hpp"

namespace convoke {

/// Somebody else to ask: `llm.fallbacks`.
struct Fallback {
  Provider* provider = nullptr;  ///< outlives whoever holds this
  std::string provider_name{};
  std::string model{};
};

/// Whether another model may do better with the same question.
bool may_succeed_elsewhere(const ReplyError& error);

/// Asks its own provider, and when that cannot answer, the others in their order: on an open breaker, used-up limits or
/// budgets, and errors, as long as no word was shown. With others to turn to, nobody waits longer than `patience`; when
/// none of them can begin within it, the one who can soonest is waited for.
class FallbackProvider final : public Provider {
 public:
  FallbackProvider(std::unique_ptr<Provider> own, std::string name, std::chrono::milliseconds patience, Log log);

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

  /// Before the first call.
  void fall_back_to(std::vector<Fallback> others) { others_ = std::move(others); }
  /// The provider inside, as somebody else's fallback.
  Provider& own() { return *own_; }

 private:
  std::vector<Fallback> candidates_for(const std::string& model) const;

  std::unique_ptr<Provider> own_;
  std::string name_;
  std::vector<Fallback> others_;
  std::chrono::milliseconds patience_;
  Log log_;
};

}  // namespace convoke
