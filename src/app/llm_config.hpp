#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "base/secret.hpp"
#include "limits/policy.hpp"
#include "llm/provider_settings.hpp"

namespace convoke {

/// `http_client` of a provider: how requests to it are made.
struct HttpClientConfig {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds read_timeout{60'000};   ///< without a byte arriving, not for the whole answer
  std::chrono::milliseconds first_byte_timeout{0};  ///< 0: the read_timeout
  std::chrono::milliseconds total_timeout{0};       ///< for the whole answer; 0: no limit
  std::chrono::milliseconds write_timeout{60'000};
  std::chrono::milliseconds pool_timeout{30'000};  ///< waiting for admission or a free connection
  int max_connections = 256;
  int max_keepalive = 64;
  std::chrono::milliseconds keepalive_expiry{90'000};
  int requests_per_minute = 0;  ///< 0: no limit
  int concurrent_requests = 0;  ///< 0: no limit
  int max_retries = 2;          ///< after the first attempt
  std::chrono::milliseconds backoff_factor{500};
  std::string ca_file{};  ///< certificate authorities besides the system's, PEM; "" for none
  bool operator==(const HttpClientConfig&) const = default;
};

/// `prices` of a provider, in dollars for a million tokens: what all its models cost, whatever the price list says.
struct PricesConfig {
  std::optional<Money> input{};  ///< set together with output, or not at all
  std::optional<Money> output{};
  std::optional<Money> cached_input{};
  std::optional<Money> cache_write{};
  bool operator==(const PricesConfig&) const = default;
};

/// One entry of `llm.providers`. What is empty or unset comes from the catalogue of known providers, or is left to the
/// provider.
struct ProviderConfig {
  std::string api{};  ///< how it is spoken to, by the names of ProviderApi
  std::string base_url{};
  std::string model{};
  std::optional<double> temperature{};
  std::optional<int> max_tokens{};
  std::optional<double> top_p{};
  Secret api_key{};
  std::string tokenizer{};         ///< path of a tokenizer.json; empty: by the model's name
  std::string reasoning_effort{};  ///< by the names of ReasoningEffort; "" leaves it to the provider
  OpenRouterSettings openrouter{};
  HttpClientConfig http_client{};
  PricesConfig prices{};
  /// `limits`, `circuit_breaker` and `budget`. What http_client says of limits holds where this says nothing.
  limits::ProviderPolicy policy{};
  std::optional<std::chrono::milliseconds> queue_timeout{};  ///< unset: http_client.pool_timeout
};

struct LlmConfig {
  bool resume_partial = false;  ///< ask for the rest of an answer that broke off
  /// Never empty once loaded: the configured provider, or the one whose key is in the environment, or "demo".
  std::string active{};
  std::map<std::string, ProviderConfig> providers{};
  std::string prices_file{};             ///< empty: prices.json in the working directory, if there is one
  std::vector<std::string> fallbacks{};  ///< "provider" or "provider:model", in order
  std::chrono::milliseconds fallback_patience{5'000};
  limits::SharedPolicy shared_policy{};  ///< `budget`
};

}  // namespace convoke
