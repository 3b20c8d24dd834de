#pragma once
#include "app/config_settings.hpp"

namespace convoke {

/// `llm.fallbacks` and `llm.budget`.
std::vector<Setting<Config>> shared_limit_settings();

/// `limits`, `circuit_breaker` and `budget` of a provider.
std::vector<Setting<ProviderConfig>> provider_limit_settings();

/// The policy of one provider, with what its http_client says of limits put in where nothing else is said.
limits::ProviderPolicy policy_of(const ProviderConfig& config);

}  // namespace convoke
