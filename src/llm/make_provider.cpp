#include "llm/make_provider.hpp"

#include <utility>

#include "llm/anthropic/messages_wire.hpp"
#include "llm/demo_provider.hpp"
#include "llm/guarded_provider.hpp"
#include "llm/http_provider.hpp"
#include "llm/openai_chat/chat_wire.hpp"
#include "llm/openai_responses/openai_wire.hpp"
#include "llm/openai_responses/responses_wire.hpp"
#include "llm/retrying_provider.hpp"

namespace convoke {
namespace {

/// A provider with connections of its own, so that one that is slow takes none from another.
class PooledProvider final : public Provider {
 public:
  PooledProvider(const ProviderSettings& settings, Executor executor, const Clock& clock, Log log)
      : http_(executor, settings.connections), inner_(settings, make_wire(settings), http_, clock, std::move(log)) {}

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override {
    return inner_.reply(std::move(prompt), std::move(on_delta));
  }

 private:
  net::HttpClient http_;
  HttpProvider inner_;
};

std::unique_ptr<Provider> bare_provider(const ProviderSettings& settings, const ProviderParts& parts, Log log) {
  if (settings.api == ProviderApi::demo) return std::make_unique<DemoProvider>();
  return std::make_unique<PooledProvider>(settings, parts.http.executor(), parts.clock, std::move(log));
}

}  // namespace

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

std::unique_ptr<Provider> make_provider(const ProviderSettings& settings, const ProviderParts& parts, Metering metering,
                                        bool has_budget, Log log) {
  const RetryPolicy policy{.max_attempts = settings.max_retries + 1, .initial_delay = settings.backoff_factor};
  const Log named = log.with({{"provider", settings.name}});
  Guarding guarding{.provider = settings.name,
                    .key = metering.key.empty() ? settings.name : metering.key,
                    .pricing = metering.pricing,
                    .queue_timeout = settings.policy.queue_timeout,
                    .slow_call = settings.policy.breaker.slow_call,
                    .max_tokens = settings.max_tokens,
                    .has_budget = has_budget || settings.policy.budget.any() || settings.policy.key_budget.any()};
  auto metered =
      std::make_unique<MeteredProvider>(bare_provider(settings, parts, named), std::move(metering), parts.clock);
  auto guarded =
      std::make_unique<GuardedProvider>(std::move(metered), std::move(guarding), parts.gate, parts.clock, log);
  return std::make_unique<RetryingProvider>(std::move(guarded), policy, named);
}

}  // namespace convoke
