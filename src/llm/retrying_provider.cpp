#include "llm/retrying_provider.hpp"

#include <algorithm>

#include "base/random.hpp"

namespace convoke {
namespace {

Task<> real_sleep(std::chrono::milliseconds wait) { co_await sleep_for(wait); }

/// A model that wrote an unreadable call does so less often when it is less inventive.
constexpr double cool_temperature = 0.2;

void cool_down(Prompt& prompt) {
  prompt.temperature = std::min(prompt.temperature.value_or(cool_temperature), cool_temperature);
}

}  // namespace

RetryingProvider::RetryingProvider(std::unique_ptr<Provider> inner, RetryPolicy policy, Log log)
    : RetryingProvider(std::move(inner), policy, std::move(log), real_sleep, random_fraction) {}

RetryingProvider::RetryingProvider(std::unique_ptr<Provider> inner, RetryPolicy policy, Log log, Sleep sleep,
                                   Random random)
    : inner_(std::move(inner)),
      policy_(policy),
      log_(std::move(log)),
      sleep_(std::move(sleep)),
      random_(std::move(random)) {}

Task<ReplyResult> RetryingProvider::reply(Prompt prompt, ShowDelta on_delta) {
  bool anything_shown = false;
  const ShowDelta show = [&](const Delta& delta) {
    anything_shown = anything_shown || is_of_answer(delta);
    on_delta(delta);
  };
  for (int next_attempt = 2;; ++next_attempt) {
    ReplyResult result = co_await inner_->reply(prompt, show);
    if (result || anything_shown || result.error().retry == RetryAdvice::never) co_return std::move(result);
    const Error& error = result.error().error;
    const auto wait = delay_before(policy_, next_attempt, error.retry_after, random_());
    if (!wait || (prompt.terms.patience && *wait > *prompt.terms.patience)) co_return std::move(result);
    log_.warning("llm.retrying",
                 {{"attempt", next_attempt}, {"wait_ms", wait->count()}, {"kind", name_of(result.error().kind)}});
    on_delta(Retrying{next_attempt, *wait, error.message});
    if (result.error().retry == RetryAdvice::cooler) cool_down(prompt);
    co_await sleep_(*wait);
  }
}

}  // namespace convoke
