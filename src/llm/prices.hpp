#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "domain/message.hpp"

namespace convoke {

/// What one token of each kind costs. A kind without a rate of its own costs what plain input or output costs.
struct Rates {
  Money input{};
  Money output{};
  std::optional<Money> cached_input{};    ///< read from the provider's prompt cache
  std::optional<Money> cache_write{};     ///< put into it
  std::optional<Money> cache_write_1h{};  ///< put into it for an hour; without: as cache_write
  std::optional<Money> reasoning{};       ///< output the user does not see
  std::optional<Money> audio_input{};
  std::optional<Money> audio_output{};
  bool operator==(const Rates&) const = default;
};

/// What a model costs. A request whose input is larger than a band's limit is billed at that band's rates as a whole.
struct Price {
  struct Band {
    std::int64_t above_tokens = 0;
    Rates rates{};
    bool operator==(const Band&) const = default;
  };
  Rates rates{};
  std::vector<Band> bands{};           ///< smallest limit first
  std::int64_t max_output_tokens = 0;  ///< the longest answer the model gives; 0: unknown
  bool operator==(const Price&) const = default;

  const Rates& rates_for(std::int64_t input_tokens) const;
};

/// What these tokens cost, in exact integer arithmetic: a day's sum is the sum of its calls. Parts (cached, reasoning,
/// …) that claim more than the whole are cut to it. Never fails; an amount beyond what Money holds becomes the largest.
Money cost_of(const Usage& usage, const Price& price);

/// The most a request can cost: nothing of its input cached, the longest answer, the dearest band it may fall into.
Money most_it_can_cost(std::int64_t input_tokens, std::int64_t output_tokens, const Price& price);

/// The prices of many models, by "provider/model". A value.
class PriceTable {
 public:
  using Models = std::map<std::string, Price, std::less<>>;

  PriceTable() = default;
  PriceTable(std::string date, Models models) : date_(std::move(date)), models_(std::move(models)) {}

  /// The price of `model` as its provider calls it. `provider` is how it is known here: "openai", "groq", … In order:
  ///  1. exactly this model of this provider;
  ///  2. without a date or "-latest" at the end ("gpt-4o-2024-08-06", "claude-sonnet-4-5-20250929");
  ///  3. without the provider's own name in front ("openai/gpt-4o" at OpenAI);
  ///  4. at OpenRouter, which passes list prices on, the same model at its maker ("openai/gpt-4o").
  /// Nothing when all fail: a price is never guessed from a similar name.
  std::optional<Price> find(std::string_view provider, std::string_view model) const;

  /// Both tables; where both know a model, `newer` holds.
  PriceTable with(const PriceTable& newer) const;

  const std::string& date() const { return date_; }  ///< "2026-11-23"
  const Models& models() const { return models_; }
  bool operator==(const PriceTable&) const = default;

 private:
  const Price* exactly(std::string_view provider, std::string_view model) const;

  std::string date_;
  Models models_;
};

/// The prices this version was made with.
const PriceTable& shipped_prices();

}  // namespace convoke
