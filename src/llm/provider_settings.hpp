#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "limits/policy.hpp"
#include "llm/prices.hpp"
#include "llm/provider.hpp"
#include "net/http_client.hpp"

namespace convoke {

/// How a provider is spoken to, `llm.providers.<name>.api`.
enum class ProviderApi {
  openai,             ///< OpenAI itself: chat completions, or the Responses API for models that need it
  openai_chat,        ///< OpenAI's chat completions for every model
  openai_responses,   ///< the Responses API for every model, at OpenAI or elsewhere
  anthropic,          ///< Anthropic Messages
  openrouter,         ///< chat completions with OpenRouter's additions
  groq,               ///< chat completions with Groq's strict list of members
  openai_compatible,  ///< chat completions of any server that says it is compatible
  demo,               ///< the built-in demo model; needs neither address nor key
};
std::string_view name_of(ProviderApi api);
std::optional<ProviderApi> provider_api_of(std::string_view name);

/// `llm.providers.<name>.openrouter`: what only OpenRouter understands.
struct OpenRouterSettings {
  std::string app_url{};                       ///< whom its rankings name; "" names nobody
  std::string app_title = "Convoke";           ///< likewise
  std::vector<std::string> fallback_models{};  ///< asked in this order when the model itself cannot answer
  std::vector<std::string> order{};            ///< upstream providers in order of preference, by their slugs
  std::vector<std::string> only{};             ///< no others
  std::vector<std::string> ignore{};           ///< never these
  std::string sort{};                          ///< "price", "throughput" or "latency" instead of its own balance
  std::string data_collection{};               ///< "deny" leaves out upstreams that keep what they are sent
  std::optional<bool> allow_fallbacks{};
  std::optional<bool> require_parameters{};
  std::optional<bool> zero_data_retention{};
  bool operator==(const OpenRouterSettings&) const = default;
};

/// One entry of `llm.providers`.
struct ProviderSettings {
  std::string name = "demo";  ///< its key in the configuration
  ProviderApi api = ProviderApi::demo;
  std::string base_url{};  ///< without a slash at its end; `/chat/completions` or the like is added
  std::string model = "demo";
  std::string tokenizer{};              ///< path of a tokenizer.json; empty: by the model's name
  Secret api_key{};                     ///< may be empty for a server of one's own
  std::optional<double> temperature{};  ///< 0 to 2; the provider's default if not set
  std::optional<double> top_p{};        ///< above 0, at most 1
  std::optional<int> max_tokens{};      ///< of one answer
  std::optional<ReasoningEffort> reasoning_effort{};
  OpenRouterSettings openrouter{};
  /// A long prompt is silent for long, so the first byte may take longer than the pause between two.
  net::HttpTimeouts timeouts{
      .connect = std::chrono::seconds(10), .first_byte = std::chrono::seconds(120), .idle = std::chrono::seconds(60)};
  net::HttpClientOptions connections{};           ///< of the pool this provider has on each loop
  int max_retries = 2;                            ///< after the first attempt
  std::chrono::milliseconds backoff_factor{500};  ///< the first wait between attempts; it doubles
  std::string key_label{};                        ///< a name for the key, for accounts; never the key
  std::optional<Price> price{};                   ///< of all its models; unset: by the price list
  limits::ProviderPolicy policy{};                ///< its limits, breaker and budget
};

/// Every reason the settings cannot be used, in the words of the configuration. Empty means they can.
std::vector<std::string> problems(const ProviderSettings& settings);

/// What is known about a provider without being told: enough to use it with nothing but a key.
struct KnownProvider {
  std::string_view name;
  ProviderApi api;
  std::string_view base_url;
  std::string_view default_model;
  std::string_view key_variable;  ///< the environment variable its key is in; "" where none is needed
};
std::span<const KnownProvider> known_providers();
const KnownProvider* find_known_provider(std::string_view name);

/// Settings for `name` with everything that is known about it filled in; for an unknown name those of a compatible
/// server, whose base_url and model are still missing.
ProviderSettings default_settings(std::string_view name);

}  // namespace convoke
