#include "llm/make_provider.hpp"

#include "llm/demo_provider.hpp"
#include "llm/guarded_provider.hpp"
#include "llm/openai_chat/openai_chat_provider.hpp"
#include "llm/retrying_provider.hpp"

namespace convoke {
namespace {

std::unique_ptr<Provider> bare_provider(const ProviderSettings& settings, const ProviderParts& parts, Log log) {
  if (settings.api == ProviderApi::demo) return std::make_unique<DemoProvider>();
  return std::make_unique<OpenAiChatProvider>(settings, parts.http, parts.clock, log);
}

}  // namespace

std::unique_ptr<Provider> make_provider(const ProviderSettings& settings, const ProviderParts& parts, Metering metering,
                                        bool has_budget, Log log) {
  const RetryPolicy policy{.max_attempts = settings.max_retries + 1, .initial_delay = settings.backoff_factor};
  const Log named = log.with({{"provider", settings.name}});
  Guarding guarding{.provider = settings.name,
                    .key = metering.key,
                    .pricing = metering.pricing,
                    .queue_timeout = settings.policy.queue_timeout,
                    .slow_call = settings.policy.breaker.slow_call,
                    .has_budget = has_budget || settings.policy.budget.any() || settings.policy.key_budget.any()};
  auto metered =
      std::make_unique<MeteredProvider>(bare_provider(settings, parts, named), std::move(metering), parts.clock);
  auto guarded = std::make_unique<GuardedProvider>(std::move(metered), std::move(guarding), parts.gate, parts.clock);
  return std::make_unique<RetryingProvider>(std::move(guarded), policy, named);
}

}  // namespace convoke
