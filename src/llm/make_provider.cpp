#include "llm/make_provider.hpp"

#include "llm/demo_provider.hpp"
#include "llm/openai_chat/openai_chat_provider.hpp"
#include "llm/retrying_provider.hpp"

namespace convoke {

std::unique_ptr<Provider> make_provider(const ProviderSettings& settings, net::HttpClient& http, const Clock& clock,
                                        Metering metering, Log log) {
  const auto metered = [&](std::unique_ptr<Provider> provider) {
    return std::make_unique<MeteredProvider>(std::move(provider), std::move(metering), clock);
  };
  if (settings.api == ProviderApi::demo) return metered(std::make_unique<DemoProvider>());
  const RetryPolicy policy{.max_attempts = settings.max_retries + 1, .initial_delay = settings.backoff_factor};
  const Log named = log.with({{"provider", settings.name}});
  return std::make_unique<RetryingProvider>(metered(std::make_unique<OpenAiChatProvider>(settings, http, clock, named)),
                                            policy, named);
}

}  // namespace convoke
