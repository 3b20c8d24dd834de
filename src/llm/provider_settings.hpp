#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "llm/prices.hpp"

namespace convoke {

/// How a provider is spoken to, `llm.providers.<name>.api`.
enum class ProviderApi {
  openai,             ///< OpenAI's own chat completions
  openrouter,         ///< the same with OpenRouter's additions
  groq,               ///< the same with Groq's strict list of members
  openai_compatible,  ///< any server that says it is compatible
  demo,               ///< the built-in demo model; needs neither address nor key
};
std::string_view name_of(ProviderApi api);
std::optional<ProviderApi> provider_api_of(std::string_view name);

/// `llm.providers.<name>.http_client`, as far as one request is concerned.
struct ProviderTimeouts {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds first_byte{120'000};  ///< a long prompt is silent for long; 0: no limit
  std::chrono::milliseconds idle{60'000};         ///< between two pieces of an answer, comments included; 0: no limit
};

/// One entry of `llm.providers`.
struct ProviderSettings {
  std::string name = "demo";  ///< its key in the configuration
  ProviderApi api = ProviderApi::demo;
  std::string base_url{};  ///< without a slash at its end; `/chat/completions` is added
  std::string model = "demo";
  Secret api_key{};                     ///< may be empty for a server of one's own
  std::optional<double> temperature{};  ///< 0 to 2; the provider's default if not set
  std::optional<double> top_p{};        ///< above 0, at most 1
  std::optional<int> max_tokens{};      ///< of one answer
  ProviderTimeouts timeouts{};
  int max_retries = 2;                            ///< after the first attempt
  std::chrono::milliseconds backoff_factor{500};  ///< the first wait between attempts; it doubles
  std::string key_label{};                        ///< a name for the key, for accounts; never the key
  std::optional<Price> price{};                   ///< of all its models; unset: by the price list
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
