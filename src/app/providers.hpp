#pragma once
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "llm/make_provider.hpp"
#include "llm/metered_provider.hpp"
#include "llm/models.hpp"
#include "llm/provider_settings.hpp"
#include "net/http_client.hpp"

namespace convoke {

/// Settings of every provider that can be used: those configured, and those known whose key is in the environment. What
/// the configuration leaves open comes from the catalogue.
std::vector<ProviderSettings> resolve_providers(const LlmConfig& config, const Environment& environment);

/// Every reason the active provider cannot be used: the key of the setting at fault, and what is wrong with it.
struct ProviderProblem {
  std::string key;
  std::string value;
  std::string expected;
};
std::vector<ProviderProblem> active_provider_problems(const LlmConfig& config,
                                                      const std::vector<ProviderSettings>& settings);

/// Where all calls of models are accounted for, and by which prices. Its functions may be called on any loop.
struct Books {
  std::shared_ptr<const PriceTable> prices;
  std::function<Task<Result<void>>(ModelCall)> open;
  std::function<void(ModelCall)> close;
};

/// How the calls of one provider are accounted for.
Metering metering_of(const ProviderSettings& settings, const Books& books);

/// Whether a model may be named so: "model", "provider" or "provider:model". False only where what stands before the
/// colon is no provider, and the active one has no models with a colon in their names.
bool can_be_meant(const LlmConfig& config, std::string_view model);

/// Whether the provider that `wanted` names ("model", "provider" or "provider:model"; a model is one of `active`) is on
/// another machine.
bool is_elsewhere(const std::vector<ProviderSettings>& settings, const std::string& wanted, const std::string& active);

/// Whether any budget holds.
bool has_budget(const LlmConfig& config);

/// The provider in "provider" or "provider:model".
std::string_view provider_part(std::string_view name);

/// Tells the gate what calls go by from now on.
void configure(CallGate& gate, const LlmConfig& config, const std::vector<ProviderSettings>& settings);

/// Tells the log which providers and fallbacks cannot be used and why, and whose model is retired: once, for however
/// many loops models are made.
void tell_of_providers(const LlmConfig& config, const std::vector<ProviderSettings>& settings, const Log& log);

/// One loop's models, each with its fallbacks. A provider that is not active and cannot be used is left out.
Models make_models(const LlmConfig& config, const std::vector<ProviderSettings>& settings, const ProviderParts& parts,
                   const Books& books, Log log);

/// A model server found on this machine.
struct LocalModelServer {
  std::string provider;  ///< "ollama", "llamacpp"
  std::string base_url;
  std::string model;  ///< the first one it lists
};

/// Asks the usual ports of Ollama and llama.cpp whether somebody is there. Takes at most a second.
Task<std::vector<LocalModelServer>> find_local_model_servers(net::HttpClient& http);

}  // namespace convoke
