#pragma once
#include <memory>
#include <optional>
#include <string>

#include "domain/model_call.hpp"
#include "llm/prices.hpp"

namespace convoke {

/// What one entry of `llm.providers` charges. A value; may be used from any thread.
struct Pricing {
  std::string name{};          ///< of the entry
  std::string kind{};          ///< the known provider it is, or "": "openai" for an entry "work" that speaks to OpenAI
  std::optional<Price> own{};  ///< as configured; holds for all models of this entry
  std::shared_ptr<const PriceTable> table{};

  /// By the configuration, else by the table: under the entry's name, then under the kind of provider.
  std::optional<Price> price_of(std::string_view model) const;
};

/// What a call costs and who says so.
struct PricedCost {
  std::optional<Money> cost{};
  CostSource source = CostSource::unknown;
  bool operator==(const PricedCost&) const = default;
};

/// The provider's own figure where there is one, else the tokens at the price of `answered`, the model as the provider
/// named it, or of `asked`. No tokens cost nothing at any price; without a price the cost is unknown.
PricedCost price_call(const Usage& usage, const Pricing& pricing, std::string_view answered, std::string_view asked);

}  // namespace convoke
