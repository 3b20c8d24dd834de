#include "llm/pricing.hpp"

namespace convoke {

std::optional<Price> Pricing::price_of(std::string_view model) const {
  if (own) return own;
  if (!table) return std::nullopt;
  auto found = table->find(name, model);
  if (!found && !kind.empty() && kind != name) found = table->find(kind, model);
  return found;
}

PricedCost price_call(const Usage& usage, const Pricing& pricing, std::string_view answered, std::string_view asked) {
  if (usage.cost && *usage.cost >= Money{}) return {usage.cost, CostSource::provider};
  if (usage.input_tokens <= 0 && usage.output_tokens <= 0) return {Money{}, CostSource::nothing};
  auto price = answered.empty() ? std::nullopt : pricing.price_of(answered);
  if (!price) price = pricing.price_of(asked);
  if (!price) return {};
  return {cost_of(usage, *price), CostSource::price_list};
}

}  // namespace convoke
