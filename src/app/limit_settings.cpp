#include "app/limit_settings.hpp"

#include <fmt/format.h>

#include "app/config_setting_kinds.hpp"

namespace convoke {
namespace {

using limits::BudgetLimits;
using limits::Dimension;
using limits::ProviderPolicy;
using limits::RateLimits;
using limits::SharedPolicy;

constexpr int dearest = 1'000'000;  // dollars
constexpr double hour = 3'600;

template <class... Members>
auto policy(Members... members) {
  return at(&ProviderConfig::policy, members...);
}
template <class... Members>
auto shared(Members... members) {
  return at(&Config::llm, &LlmConfig::shared_policy, members...);
}

Place<ProviderConfig, std::int64_t> rate(RateLimits ProviderPolicy::* scope, Dimension dimension) {
  return [scope, dimension](ProviderConfig& config) -> std::int64_t& {
    return (config.policy.*scope).per_dimension[index_of(dimension)];
  };
}

std::string kind_of(Dimension dimension) {
  if (dimension == Dimension::input_tokens_per_minute) return "Input tokens, without cached ones,";
  if (dimension == Dimension::output_tokens_per_minute) return "Output tokens";
  return limits::counts_tokens(dimension) ? "Tokens" : "Requests";
}

/// The rate limits of one scope under `prefix`.
std::vector<Setting<ProviderConfig>> rates(const std::string& prefix, RateLimits ProviderPolicy::* scope,
                                           const std::string& whose) {
  constexpr std::int64_t most = 1'000'000'000'000;
  std::vector<Setting<ProviderConfig>> all;
  for (const Dimension dimension : limits::all_dimensions) {
    const std::string what = kind_of(dimension);
    const std::string span = limits::is_daily(dimension) ? "a day" : "a minute";
    all.push_back(setting(prefix + std::string(name_of(dimension)), rate(scope, dimension), count(most),
                          fmt::format("{} {} {} may use; 0 is no limit of ours.", what, span, whose)));
  }
  all.push_back(setting(prefix + "concurrent_requests", policy(scope, &RateLimits::concurrent), count(1'000'000),
                        fmt::format("Requests at once of {}; 0 is no limit.", whose)));
  all.push_back(setting(prefix + "burst", policy(scope, &RateLimits::burst), number(0.001, 1),
                        "The share of a minute's limit that may be used at once; the rest comes evenly."));
  return all;
}

template <class Owner, class Way>
std::vector<Setting<Owner>> budget(const std::string& prefix, Way way, const std::string& whose) {
  return {
      setting(prefix + "per_request", way(&BudgetLimits::per_request), dollars(dearest),
              fmt::format("What one request of {} may cost at most.", whose)),
      setting(prefix + "per_day", way(&BudgetLimits::per_day), dollars(dearest),
              fmt::format("What {} may spend in a day, which begins at midnight UTC.", whose)),
      setting(prefix + "per_month", way(&BudgetLimits::per_month), dollars(dearest),
              fmt::format("What {} may spend in a calendar month.", whose)),
      setting(prefix + "warn_at", way(&BudgetLimits::warn_at), number(0, 1),
              "The share of a day's or month's budget from which on the log warns."),
  };
}

template <class Owner>
void add(std::vector<Setting<Owner>>& all, std::vector<Setting<Owner>> more) {
  std::ranges::move(more, std::back_inserter(all));
}

}  // namespace

std::vector<Setting<Config>> shared_limit_settings() {
  std::vector<Setting<Config>> all{
      list_setting("llm.fallbacks", at(&Config::llm, &LlmConfig::fallbacks), text(),
                   "Who is asked when a model cannot answer, in this order: `provider` or `provider:model`."),
      setting("llm.fallback_patience", at(&Config::llm, &LlmConfig::fallback_patience), seconds(0, hour),
              "With somebody else to ask, nobody waits longer than this for a model's limits."),
      setting("llm.budget.allow_unpriced", shared(&SharedPolicy::allow_unpriced), flag(),
              "Where a budget holds, make calls whose price is not known all the same; nobody counts them then."),
  };
  add(all, budget<Config>(
               "llm.budget.", [](auto member) { return shared(&SharedPolicy::budget, member); }, "all calls together"));
  add(all,
      budget<Config>(
          "llm.budget.per_user.", [](auto member) { return shared(&SharedPolicy::user_budget, member); }, "each user"));
  return all;
}

std::vector<Setting<ProviderConfig>> provider_limit_settings() {
  using limits::BreakerSettings;
  const auto breaker = [](auto member) { return policy(&ProviderPolicy::breaker, member); };
  std::vector<Setting<ProviderConfig>> all = rates("limits.", &ProviderPolicy::whole, "all calls to the provider");
  add(all, rates("limits.per_model.", &ProviderPolicy::per_model, "each model"));
  add(all, rates("limits.per_key.", &ProviderPolicy::per_key, "each key"));
  add(all, rates("limits.per_client.", &ProviderPolicy::per_client, "each client"));
  add(all, {
               setting("limits.queue_timeout", at(&ProviderConfig::queue_timeout), seconds(0, 24 * hour),
                       "What cannot start within this is refused at once. Unset: `http_client.pool_timeout`."),
               setting("limits.max_waiting", policy(&ProviderPolicy::max_waiting), length(1'000'000),
                       "Calls that may wait for one model."),
               setting("limits.per_client.max_waiting", policy(&ProviderPolicy::max_waiting_per_client),
                       length(1'000'000), "Calls of one client that may wait."),
               setting("circuit_breaker.failures", breaker(&BreakerSettings::failures), whole(0, 10'000),
                       "A model is left alone when so many calls of a minute, and at least half of them, failed "
                       "through no fault of the request; 0: never."),
               setting("circuit_breaker.slow_call", breaker(&BreakerSettings::slow_call), seconds(0, hour),
                       "A first word that takes longer counts as a failure; 0: none does."),
               setting("circuit_breaker.rest", breaker(&BreakerSettings::rest), seconds(0.1, hour),
                       "How long it is left alone before one call tries again; it doubles with each failed try."),
               setting("circuit_breaker.max_rest", breaker(&BreakerSettings::max_rest), seconds(0.1, 24 * hour),
                       "The longest such rest."),
           });
  add(all, budget<ProviderConfig>(
               "budget.", [](auto member) { return policy(&ProviderPolicy::budget, member); }, "this provider"));
  add(all, budget<ProviderConfig>(
               "budget.per_key.", [](auto member) { return policy(&ProviderPolicy::key_budget, member); }, "its key"));
  return all;
}

ProviderPolicy policy_of(const ProviderConfig& config) {
  ProviderPolicy all = config.policy;
  all.queue_timeout = config.queue_timeout.value_or(config.http_client.pool_timeout);
  std::int64_t& per_minute = all.whole.per_dimension[index_of(Dimension::requests_per_minute)];
  if (per_minute == 0) per_minute = config.http_client.requests_per_minute;
  if (all.whole.concurrent == 0) all.whole.concurrent = config.http_client.concurrent_requests;
  return all;
}

}  // namespace convoke
