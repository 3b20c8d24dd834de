// The scopes Admission knows by name, and what it tells about them.
#include <algorithm>
#include <stdexcept>

#include "limits/admission_state.hpp"

namespace convoke::limits {
namespace {

// Names come from clients; those nobody uses any more are forgotten before there are too many.
constexpr std::size_t many_lanes = 256;     // of one provider
constexpr std::size_t many_clients = 4096;  // of one provider

/// The entry of this name, made if there is none.
template <class Map, class Make>
auto& found_or_made(Map& map, std::string_view name, Make make) {
  const auto found = map.find(name);
  if (found != map.end()) return *found->second;
  return *map.emplace(std::string(name), make()).first->second;
}

}  // namespace

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::rate_limit: return "rate_limit";
    case Reason::client_limit: return "client_limit";
    case Reason::breaker: return "breaker";
    case Reason::budget: return "budget";
    case Reason::queue_full: return "queue_full";
    case Reason::too_large: return "too_large";
    case Reason::unknown_price: return "unknown_price";
  }
  std::unreachable();
}

Admission::Admission() = default;
Admission::~Admission() = default;

Admission::Provider& Admission::provider_of(std::string_view name) {
  return found_or_made(providers_, name, [&] {
    auto provider = std::make_unique<Provider>();
    provider->name = name;
    return provider;
  });
}

Admission::Lane& Admission::lane_of(Provider& provider, std::string_view model, Instant now) {
  const auto known = provider.lanes.find(model);
  if (known != provider.lanes.end()) return *known->second;
  if (provider.lanes.size() >= many_lanes) {
    std::erase_if(provider.lanes, [&](const auto& entry) {
      Lane& lane = *entry.second;
      return lane.queue.empty() && lane.meter.idle(now) && lane.breaker.state(now) == CircuitBreaker::State::closed;
    });
  }
  auto lane = std::make_unique<Lane>();
  lane->provider = &provider;
  lane->model = model;
  lane->meter.configure(provider.policy.per_model);
  lane->meter.listen();
  lane->breaker.configure(provider.policy.breaker);
  return *provider.lanes.emplace(lane->model, std::move(lane)).first->second;
}

Admission::Client& Admission::client_of(Provider& provider, std::string_view name, Instant now) {
  const auto known = provider.clients.find(name);
  if (known != provider.clients.end()) return *known->second;
  if (provider.clients.size() >= many_clients) {
    std::erase_if(provider.clients, [&](const auto& entry) {
      Client& client = *entry.second;
      return client.waiting == 0 && !client.is_listed && client.meter.idle(now);
    });
  }
  auto client = std::make_unique<Client>();
  client->number = ++clients_seen_;
  client->meter.configure(provider.policy.per_client);
  return *provider.clients.emplace(std::string(name), std::move(client)).first->second;
}

Admission::Key& Admission::key_of(std::string_view name, const ProviderPolicy& policy) {
  return found_or_made(keys_, name, [&] {
    auto key = std::make_unique<Key>();
    key->name = name;
    key->meter.configure(policy.per_key);
    key->budget.configure(policy.key_budget);
    return key;
  });
}

Budget& Admission::user_of(std::string_view name) {
  return found_or_made(users_, name, [&] {
    auto budget = std::make_unique<Budget>();
    budget->configure(shared_.user_budget);
    return budget;
  });
}

void Admission::configure(std::string_view name, std::string_view key, const ProviderPolicy& policy) {
  Provider& provider = provider_of(name);
  provider.policy = policy;
  provider.meter.configure(policy.whole);
  provider.budget.configure(policy.budget);
  for (const auto& [model, lane] : provider.lanes) {
    lane->meter.configure(policy.per_model);
    lane->breaker.configure(policy.breaker);
  }
  for (const auto& [client, its] : provider.clients) its->meter.configure(policy.per_client);
  Key& paid_with = key_of(key, policy);
  paid_with.meter.configure(policy.per_key);
  paid_with.budget.configure(policy.key_budget);
  wake_fronts();
}

void Admission::configure(const SharedPolicy& policy) {
  shared_ = policy;
  all_.configure(policy.budget);
  for (const auto& [user, budget] : users_) budget->configure(policy.user_budget);
}

void Admission::restore(std::string_view scope, std::string_view name, const BudgetState& state) {
  if (scope == "all") all_.restore(state);
  if (scope == "provider") provider_of(name).budget.restore(state);
  if (scope == "key") key_of(name, {}).budget.restore(state);
  if (scope == "user") user_of(name).restore(state);
}

Admission::Call& Admission::call_of(Ticket ticket) {
  Call& call = calls_.at(static_cast<std::uint32_t>(ticket));
  if (call.generation != ticket >> 32U) throw std::logic_error("this call has been settled or has left");
  return call;
}

std::pair<Ticket, Admission::Call*> Admission::new_call() {
  if (free_calls_.empty()) {
    free_calls_.push_back(static_cast<std::uint32_t>(calls_.size()));
    calls_.emplace_back();
  }
  const std::uint32_t index = free_calls_.back();
  free_calls_.pop_back();
  Call& call = calls_[index];
  const std::uint32_t generation = call.generation + 1;
  call = Call{.generation = generation};
  return {Ticket{generation} << 32U | index, &call};
}

void Admission::drop(Ticket ticket) {
  Call& call = call_of(ticket);
  ++call.generation;
  call.state = Call::State::gone;
  free_calls_.push_back(static_cast<std::uint32_t>(ticket));
}

bool Admission::resting(std::string_view provider, std::string_view model, Instant now) {
  return lane_of(provider_of(provider), model, now).breaker.state(now) == CircuitBreaker::State::open;
}

std::vector<LaneStatus> Admission::lanes(Instant now) {
  std::vector<LaneStatus> all;
  for (const auto& [name, provider] : providers_) {
    for (const auto& [model, lane] : provider->lanes) {
      LaneStatus status{.provider = name, .model = model, .breaker = lane->breaker.state(now)};
      status.breaker_rests = lane->breaker.when(now) - now;
      status.in_flight = lane->meter.in_flight();
      status.waiting = lane->queue.size();
      for (const Dimension dimension : all_dimensions) {
        // Whichever of the two is nearer to its limit.
        Meter* nearest = &lane->meter;
        const std::int64_t whole = provider->meter.limit(dimension), own = lane->meter.limit(dimension);
        if (whole > 0 && (own == 0 || whole < own)) nearest = &provider->meter;
        status.used[index_of(dimension)] = nearest->used(now, dimension);
        status.limit[index_of(dimension)] = nearest->limit(dimension);
      }
      status.admitted = lane->admitted;
      status.queued = lane->queued;
      status.refused = lane->refused;
      status.rate_limited = lane->rate_limited;
      status.breaker_opened = lane->breaker_opened;
      all.push_back(std::move(status));
    }
    for (const auto& [client, its] : provider->clients) {
      for (const Ticket ticket : its->parked) {
        const Lane* lane = call_of(ticket).lane;
        for (LaneStatus& status : all) {
          if (status.provider == name && status.model == lane->model) ++status.waiting;
        }
      }
    }
  }
  std::ranges::sort(all, {}, [](const LaneStatus& s) { return std::tie(s.provider, s.model); });
  return all;
}

std::vector<BudgetStatus> Admission::budgets(WallTime wall) {
  std::vector<BudgetStatus> all;
  const auto add = [&](std::string_view scope, const std::string& name, Budget& budget) {
    if (!budget.limits().any()) return;
    all.push_back({std::string(scope), name, budget.limits(), budget.state(wall), budget.reserved()});
  };
  add("all", "", all_);
  for (const auto& [name, provider] : providers_) add("provider", name, provider->budget);
  for (const auto& [name, key] : keys_) add("key", name, key->budget);
  for (const auto& [name, user] : users_) add("user", name, *user);
  return all;
}

}  // namespace convoke::limits
