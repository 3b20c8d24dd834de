#include "store/ledger.hpp"

#include <algorithm>

namespace convoke {
namespace {

constexpr UsageKey all_keys[] = {UsageKey::day, UsageKey::month, UsageKey::provider, UsageKey::model,
                                 UsageKey::key, UsageKey::user,  UsageKey::purpose,  UsageKey::conversation};

constexpr std::int64_t most_in_one_call = 1'000'000'000'000'000;  // a thousand dollars

}  // namespace

ModelCall within_reason(ModelCall call) {
  const auto cut = [](std::int64_t& figure) { figure = std::clamp<std::int64_t>(figure, 0, most_in_one_call); };
  Usage& usage = call.usage;
  for (std::int64_t* figure :
       {&usage.input_tokens, &usage.output_tokens, &usage.total_tokens, &usage.cached_tokens, &usage.cache_write_tokens,
        &usage.cache_write_1h_tokens, &usage.reasoning_tokens, &usage.audio_input_tokens, &usage.audio_output_tokens}) {
    cut(*figure);
  }
  if (call.cost) cut(call.cost->picodollars);
  if (usage.cost) cut(usage.cost->picodollars);
  return call;
}

std::string_view name_of(UsageKey key) {
  switch (key) {
    case UsageKey::day: return "day";
    case UsageKey::month: return "month";
    case UsageKey::provider: return "provider";
    case UsageKey::model: return "model";
    case UsageKey::key: return "key";
    case UsageKey::user: return "user";
    case UsageKey::purpose: return "purpose";
    case UsageKey::conversation: return "conversation";
  }
  std::unreachable();
}

std::optional<UsageKey> usage_key_of(std::string_view name) {
  const auto found = std::ranges::find(all_keys, name, [](UsageKey key) { return name_of(key); });
  return found == std::end(all_keys) ? std::nullopt : std::optional(*found);
}

UsageSums& UsageSums::operator+=(const UsageSums& other) {
  calls += other.calls;
  unfinished_calls += other.unfinished_calls;
  unpriced_calls += other.unpriced_calls;
  estimated_calls += other.estimated_calls;
  input_tokens += other.input_tokens;
  output_tokens += other.output_tokens;
  cached_tokens += other.cached_tokens;
  cache_write_tokens += other.cache_write_tokens;
  reasoning_tokens += other.reasoning_tokens;
  audio_tokens += other.audio_tokens;
  cost += other.cost;
  return *this;
}

UsageSums sums_of(const ModelCall& call) {
  const Usage& usage = call.usage;
  return {.calls = 1,
          .unfinished_calls = call.status != CallStatus::completed,
          .unpriced_calls = !call.cost,
          .estimated_calls = usage.estimated,
          .input_tokens = usage.input_tokens,
          .output_tokens = usage.output_tokens,
          .cached_tokens = usage.cached_tokens,
          .cache_write_tokens = usage.cache_write_tokens,
          .reasoning_tokens = usage.reasoning_tokens,
          .audio_tokens = usage.audio_input_tokens + usage.audio_output_tokens,
          .cost = call.cost.value_or(Money{})};
}

bool some_cost_known(const UsageSums& sums) { return sums.unpriced_calls == 0 || sums.cost > Money{}; }

json::object to_json(const UsageSums& sums) {
  json::object object{{"calls", sums.calls},
                      {"unfinished_calls", sums.unfinished_calls},
                      {"unpriced_calls", sums.unpriced_calls},
                      {"estimated_calls", sums.estimated_calls},
                      {"input_tokens", sums.input_tokens},
                      {"output_tokens", sums.output_tokens},
                      {"cached_tokens", sums.cached_tokens},
                      {"cache_write_tokens", sums.cache_write_tokens},
                      {"reasoning_tokens", sums.reasoning_tokens},
                      {"audio_tokens", sums.audio_tokens},
                      {"cost", nullptr},
                      {"cost_known", sums.unpriced_calls == 0}};
  if (some_cost_known(sums)) object["cost"] = to_decimal(sums.cost);
  return object;
}

json::object to_json(const UsageRow& row, const UsageQuery& query) {
  json::object object;
  for (std::size_t i = 0; i < query.by.size(); ++i) object[name_of(query.by[i])] = row.labels[i];
  for (auto& member : to_json(row.sums)) object.insert(std::move(member));
  return object;
}

}  // namespace convoke
