#include "app/providers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/limit_settings.hpp"
#include "base/json.hpp"
#include "llm/fallback_provider.hpp"
#include "llm/make_provider.hpp"
#include "llm/resuming_provider.hpp"
#include "llm/retired_models.hpp"
#include "tokens/tokenizer_files.hpp"

namespace convoke {
namespace {

/// The name of the variable that holds the key, or, for one that is written somewhere else, of the provider it is for;
/// that stands for no key, too, so that the ledger and the budgets call it the same.
std::string key_label(const ProviderSettings& settings, const KnownProvider* known, const Environment& environment) {
  if (known && !settings.api_key.empty() && !known->key_variable.empty() &&
      environment(known->key_variable) == settings.api_key.reveal()) {
    return std::string(known->key_variable);
  }
  return settings.name;
}

std::optional<Price> price_of(const PricesConfig& config) {
  if (!config.input || !config.output) return std::nullopt;
  const auto each = [](Money for_a_million) { return Money{(for_a_million.picodollars + 500'000) / 1'000'000}; };
  Price price{.rates = {.input = each(*config.input), .output = each(*config.output)}};
  if (config.cached_input) price.rates.cached_input = each(*config.cached_input);
  if (config.cache_write) price.rates.cache_write = each(*config.cache_write);
  return price;
}

ProviderSettings settings_of(const std::string& name, const ProviderConfig& config, const Environment& environment) {
  ProviderSettings settings = default_settings(name);
  if (const auto api = provider_api_of(config.api)) settings.api = *api;
  if (!config.base_url.empty()) settings.base_url = config.base_url;
  while (settings.base_url.ends_with('/')) settings.base_url.pop_back();
  if (!config.model.empty()) settings.model = config.model;
  settings.tokenizer = config.tokenizer;
  settings.api_key = config.api_key;
  const KnownProvider* known = find_known_provider(name);
  if (settings.api_key.empty() && known && !known->key_variable.empty()) {
    settings.api_key = Secret(environment(known->key_variable).value_or(""));
  }
  settings.key_label = key_label(settings, known, environment);
  settings.price = price_of(config.prices);
  settings.temperature = config.temperature;
  settings.top_p = config.top_p;
  settings.max_tokens = config.max_tokens;
  settings.reasoning_effort = reasoning_effort_of(config.reasoning_effort);
  settings.openrouter = config.openrouter;
  const auto first_byte = config.http_client.first_byte_timeout;
  settings.timeouts = {.pool = config.http_client.pool_timeout,
                       .connect = config.http_client.connect_timeout,
                       .write = config.http_client.write_timeout,
                       .first_byte = first_byte > 0ms ? first_byte : config.http_client.read_timeout,
                       .idle = config.http_client.read_timeout,
                       .total = config.http_client.total_timeout};
  settings.connections = {.max_connections = config.http_client.max_connections,
                          .max_idle_connections = config.http_client.max_keepalive,
                          .idle_expiry = config.http_client.keepalive_expiry,
                          .ca_file = config.http_client.ca_file,
                          .user_agent = "convoke/" CONVOKE_VERSION};
  settings.max_retries = config.http_client.max_retries;
  settings.backoff_factor = config.http_client.backoff_factor;
  settings.policy = policy_of(config);
  return settings;
}

std::unique_ptr<Provider> resuming(const LlmConfig& config, std::unique_ptr<Provider> provider, const Log& log) {
  return std::make_unique<ResumingProvider>(std::move(provider), ResumeOptions{.resume_partial = config.resume_partial},
                                            log);
}

/// What is missing at the active one is a problem of the configuration.
bool is_usable(const ProviderSettings& settings, const LlmConfig& config) {
  return settings.name == config.active || problems(settings).empty();
}

/// "provider" or "provider:model", as far as they can be used.
std::vector<Fallback> fallbacks_among(const std::vector<Fallback>& usable, const std::vector<std::string>& wanted) {
  std::vector<Fallback> found;
  for (const std::string& name : wanted) {
    const auto known = std::ranges::find(usable, provider_part(name), &Fallback::provider_name);
    if (known == usable.end()) continue;
    found.push_back(*known);
    if (const auto colon = name.find(':'); colon != std::string::npos) found.back().model = name.substr(colon + 1);
  }
  return found;
}

constexpr std::string_view local_servers[] = {"ollama", "llamacpp"};

Task<std::optional<LocalModelServer>> ask_local_server(net::HttpClient& http, std::string name) {
  const std::string base_url(find_known_provider(name)->base_url);
  net::HttpRequest request{.url = base_url + "/models"};
  request.timeouts = {.connect = 200ms, .first_byte = 400ms, .idle = 400ms, .total = 500ms};
  const auto response = co_await http.send(std::move(request));
  if (!response || response->head.status != 200) co_return std::nullopt;
  const auto body = parse_json(response->body);
  const json::array* models = body ? find_array(*body, "data") : nullptr;
  if (!models || models->empty()) co_return std::nullopt;
  co_return LocalModelServer{std::move(name), base_url, string_or_empty(models->front(), "id")};
}

/// Under which name the price list has what is spoken to in this way.
std::string_view price_kind(ProviderApi api) {
  switch (api) {
    case ProviderApi::openai:
    case ProviderApi::openai_chat:
    case ProviderApi::openai_responses: return "openai";
    case ProviderApi::anthropic: return "anthropic";
    case ProviderApi::openrouter: return "openrouter";
    case ProviderApi::groq: return "groq";
    case ProviderApi::openai_compatible:
    case ProviderApi::demo: return "";
  }
  std::unreachable();
}

}  // namespace

std::string_view provider_part(std::string_view name) { return name.substr(0, name.find(':')); }

std::vector<ProviderSettings> resolve_providers(const LlmConfig& config, const Environment& environment) {
  std::vector<ProviderSettings> all;
  for (const auto& [name, provider] : config.providers) all.push_back(settings_of(name, provider, environment));
  for (const KnownProvider& known : known_providers()) {
    if (config.providers.contains(std::string(known.name))) continue;
    const bool has_key = !known.key_variable.empty() && environment(known.key_variable).value_or("") != "";
    const bool is_fallback = std::ranges::count(config.fallbacks, known.name, provider_part) > 0;
    const bool wanted = known.name == config.active || known.api == ProviderApi::demo || has_key || is_fallback;
    if (wanted) all.push_back(settings_of(std::string(known.name), {}, environment));
  }
  return all;
}

std::vector<ProviderProblem> active_provider_problems(const LlmConfig& config,
                                                      const std::vector<ProviderSettings>& settings) {
  const auto active = std::ranges::find(settings, config.active, &ProviderSettings::name);
  if (active == settings.end()) {
    std::string names;
    for (const KnownProvider& known : known_providers()) names += fmt::format("{}, ", known.name);
    return {{"llm.active", config.active, fmt::format("expected {}or a name under llm.providers", names)}};
  }
  std::vector<ProviderProblem> found;
  for (const std::string& problem : problems(*active)) {
    const std::size_t space = problem.find(' ');  // "llm.providers.x.model must not be empty"
    found.push_back({problem.substr(0, space), "", problem.substr(space + 1)});
  }
  return found;
}

namespace {

/// Null where the model's name tells.
const Tokenizer* tokenizer_of(const ProviderSettings& settings, const Log& log) {
  if (settings.tokenizer.empty()) return nullptr;
  const auto tokenizer = tokenizer_from_file(settings.tokenizer);
  if (tokenizer) return *tokenizer;
  log.error("tokenizer.unreadable", {{"provider", settings.name}, {"reason", tokenizer.error().message}});
  return nullptr;
}

}  // namespace

Metering metering_of(const ProviderSettings& settings, const Books& books) {
  Metering metering{.pricing = {.name = settings.name, .own = settings.price, .table = books.prices},
                    .key = settings.key_label,
                    .open = books.open,
                    .close = books.close};
  metering.pricing.kind = price_kind(settings.api);
  if (settings.api == ProviderApi::demo && !settings.price) metering.pricing.own = Price{};  // it runs in this process
  return metering;
}

bool can_be_meant(const LlmConfig& config, std::string_view model) {
  const std::string name(provider_part(model));
  if (name == model || config.providers.contains(name) || find_known_provider(name)) return true;
  const auto entry = config.providers.find(config.active);
  const bool is_redefined =
      entry != config.providers.end() && (!entry->second.base_url.empty() || !entry->second.api.empty());
  const KnownProvider* active = find_known_provider(config.active);
  if (!active || is_redefined) return true;
  switch (active->api) {
    case ProviderApi::openai:
    case ProviderApi::openai_chat:
    case ProviderApi::openai_responses: return name == "ft";  // OpenAI's names of models one has trained
    case ProviderApi::anthropic:
    case ProviderApi::groq:
    case ProviderApi::demo: return false;
    case ProviderApi::openrouter:
    case ProviderApi::openai_compatible: return true;
  }
  std::unreachable();
}

bool is_elsewhere(const std::vector<ProviderSettings>& settings, const std::string& wanted, const std::string& active) {
  auto found = std::ranges::find(settings, provider_part(wanted), &ProviderSettings::name);
  if (found == settings.end()) found = std::ranges::find(settings, active, &ProviderSettings::name);
  if (found == settings.end() || found->api == ProviderApi::demo) return false;
  const std::string_view url = found->base_url;
  const auto begin = url.find("://");
  const std::string_view host = begin == std::string_view::npos ? url : url.substr(begin + 3);
  return std::ranges::none_of(std::array<std::string_view, 4>{"localhost", "127.", "[::1]", "0.0.0.0"},
                              [&](std::string_view here) { return host.starts_with(here); });
}

bool has_budget(const LlmConfig& config) {
  const auto its_own = [](const auto& entry) {
    return entry.second.policy.budget.any() || entry.second.policy.key_budget.any();
  };
  return config.shared_policy.budget.any() || config.shared_policy.user_budget.any() ||
         std::ranges::any_of(config.providers, its_own);
}

void configure(CallGate& gate, const LlmConfig& config, const std::vector<ProviderSettings>& settings) {
  gate.configure(config.shared_policy);
  for (const ProviderSettings& one : settings) {
    gate.configure(one.name, one.key_label, one.policy);
  }
}

void tell_of_providers(const LlmConfig& config, const std::vector<ProviderSettings>& settings, const Log& log) {
  std::vector<std::string_view> usable;
  for (const ProviderSettings& one : settings) {
    if (!is_usable(one, config)) {
      log.info("provider.left_out", {{"provider", one.name}, {"reason", problems(one).front()}});
      continue;
    }
    usable.push_back(one.name);
    if (const std::string note = retirement_note(one.model); !note.empty()) {
      log.warning("provider.model_retired", {{"provider", one.name}, {"note", note}});
    }
  }
  for (const std::string& fallback : config.fallbacks) {
    if (std::ranges::find(usable, provider_part(fallback)) == usable.end()) {
      log.warning("fallback.left_out", {{"fallback", fallback}});
    }
  }
}

Models make_models(const LlmConfig& config, const std::vector<ProviderSettings>& settings, const ProviderParts& parts,
                   const Books& books, Log log) {
  Models models;
  std::vector<FallbackProvider*> all;
  std::vector<Fallback> usable;
  for (const ProviderSettings& one : settings) {
    if (!is_usable(one, config)) continue;
    auto made =
        std::make_unique<FallbackProvider>(make_provider(one, parts, metering_of(one, books), has_budget(config), log),
                                           one.name, config.fallback_patience, log.with({{"provider", one.name}}));
    usable.push_back({&made->own(), one.name, one.model});
    all.push_back(made.get());
    models.add(one.name, resuming(config, std::move(made), log), one.model, tokenizer_of(one, log));
  }
  for (FallbackProvider* one : all) one->fall_back_to(fallbacks_among(usable, config.fallbacks));
  models.set_active(config.active);
  models.calibrate_by(parts.gate.calibration());
  return models;
}

Task<std::vector<LocalModelServer>> find_local_model_servers(net::HttpClient& http) {
  std::vector<LocalModelServer> found;
  for (const std::string_view name : local_servers) {
    auto server = co_await ask_local_server(http, std::string(name));
    if (server) found.push_back(*std::move(server));
  }
  co_return found;
}

}  // namespace convoke
