#include "llm/fallback_provider.hpp"

#include <algorithm>

namespace convoke {

bool may_succeed_elsewhere(const ReplyError& error) {
  if (error.error.code == Errc::cancelled) return false;
  switch (error.kind) {
    case FailureKind::content_filter:
    case FailureKind::invalid_request:
    case FailureKind::bad_tool_schema: return false;
    case FailureKind::authentication:
    case FailureKind::billing:
    case FailureKind::too_dear:
    case FailureKind::permission:
    case FailureKind::model_not_found:
    case FailureKind::context_overflow:
    case FailureKind::too_large_for_rate:
    case FailureKind::rate_limit:
    case FailureKind::overloaded:
    case FailureKind::bad_tool_call:
    case FailureKind::unsupported_parameter:
    case FailureKind::server:
    case FailureKind::network:
    case FailureKind::protocol: return true;
  }
  std::unreachable();
}

FallbackProvider::FallbackProvider(std::unique_ptr<Provider> own, std::string name, std::chrono::milliseconds patience,
                                   Log log)
    : own_(std::move(own)), name_(std::move(name)), patience_(patience), log_(std::move(log)) {}

std::vector<Fallback> FallbackProvider::candidates_for(const std::string& model) const {
  std::vector<Fallback> all{{own_.get(), name_, model}};
  for (const Fallback& other : others_) {
    const bool is_asked_already = other.provider_name == name_ && other.model == model;
    if (!is_asked_already) all.push_back(other);
  }
  return all;
}

Task<ReplyResult> FallbackProvider::reply(Prompt prompt, ShowDelta on_delta) {
  const std::vector<Fallback> candidates = candidates_for(prompt.model);
  if (candidates.size() == 1) co_return co_await own_->reply(std::move(prompt), std::move(on_delta));

  bool anything_shown = false;
  const ShowDelta show = [&](const Delta& delta) {
    anything_shown = anything_shown || is_of_answer(delta);
    on_delta(delta);
  };
  const auto ask = [&](const Fallback& who, std::optional<std::chrono::milliseconds> patience) {
    Prompt asked = prompt;
    asked.model = who.model;
    asked.terms.patience = patience;
    return who.provider->reply(std::move(asked), show);
  };
  const Fallback* last = nullptr;
  const Fallback* soonest = nullptr;
  std::optional<ReplyError> failure;
  const auto tell = [&](const Fallback& next) {
    if (!last || last == &next) return;
    const std::string& reason = failure->error.message;
    log_.warning("llm.fallback", {{"from", last->provider_name}, {"to", next.provider_name}, {"reason", reason}});
    on_delta(FellBack{next.provider_name, next.model, last->provider_name, last->model, reason});
  };
  for (const Fallback& candidate : candidates) {
    if (failure) tell(candidate);
    last = &candidate;
    ReplyResult result = co_await ask(candidate, patience_);
    if (result || anything_shown || !may_succeed_elsewhere(result.error())) co_return std::move(result);
    // The first error is the one people have to know; a wait that can be waited out is worth more than it.
    const auto wait = result.error().error.retry_after;
    const bool is_sooner = wait && (!soonest || *wait < *failure->error.retry_after);
    if (!failure || is_sooner) failure = std::move(result.error());
    if (is_sooner) soonest = &candidate;
  }
  if (!soonest) co_return std::unexpected(*std::move(failure));
  tell(*soonest);
  co_return co_await ask(*soonest, prompt.terms.patience);
}

}  // namespace convoke
