#include "llm/make_provider.hpp"

#include <utility>

#include "llm/anthropic/messages_wire.hpp"
#include "llm/demo_provider.hpp"
#include "llm/http_provider.hpp"
#include "llm/openai_chat/chat_wire.hpp"
#include "llm/openai_responses/openai_wire.hpp"
#include "llm/openai_responses/responses_wire.hpp"
#include "llm/retrying_provider.hpp"

namespace convoke {

std::unique_ptr<Wire> make_wire(const ProviderSettings& settings) {
  switch (settings.api) {
    case ProviderApi::openai: return std::make_unique<OpenAiWire>(settings);
    case ProviderApi::openai_responses: return std::make_unique<openai_responses::ResponsesWire>(settings);
    case ProviderApi::anthropic: return std::make_unique<anthropic::MessagesWire>(settings);
    case ProviderApi::openai_chat:
    case ProviderApi::openrouter:
    case ProviderApi::groq:
    case ProviderApi::openai_compatible:
    case ProviderApi::demo: return std::make_unique<openai_chat::ChatWire>(settings);
  }
  std::unreachable();
}

std::unique_ptr<Provider> make_provider(const ProviderSettings& settings, net::HttpClient& http, const Clock& clock,
                                        Metering metering, Log log) {
  const auto metered = [&](std::unique_ptr<Provider> provider) {
    return std::make_unique<MeteredProvider>(std::move(provider), std::move(metering), clock);
  };
  if (settings.api == ProviderApi::demo) return metered(std::make_unique<DemoProvider>());
  const RetryPolicy policy{.max_attempts = settings.max_retries + 1, .initial_delay = settings.backoff_factor};
  const Log named = log.with({{"provider", settings.name}});
  return std::make_unique<RetryingProvider>(
      metered(std::make_unique<HttpProvider>(settings, make_wire(settings), http, clock, named)), policy, named);
}

}  // namespace convoke
