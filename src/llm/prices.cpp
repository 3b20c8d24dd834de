#include "llm/prices.hpp"

#include <algorithm>
#include <limits>

namespace convoke {
namespace {

/// A sum that cannot overflow: amounts are 63 bits, tokens too.
class Bill {
 public:
  void add(std::int64_t tokens, Money each) { pico_ += static_cast<__int128>(tokens) * each.picodollars; }
  Money total() const {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    return Money{pico_ > largest ? largest : static_cast<std::int64_t>(pico_)};
  }

 private:
  __int128 pico_ = 0;
};

/// Takes up to `wanted` of `left`.
std::int64_t take(std::int64_t& left, std::int64_t wanted) {
  const std::int64_t taken = std::clamp<std::int64_t>(wanted, 0, left);
  left -= taken;
  return taken;
}

/// "2024-08-06" with `pattern` "dddd-dd-dd".
bool matches(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size() &&
         std::ranges::equal(text, pattern, [](char c, char p) { return p == 'd' ? c >= '0' && c <= '9' : c == p; });
}

/// The name without a date or "latest" behind its last dash or at sign; the name itself if there is none.
std::string_view undated(std::string_view model) {
  for (const std::string_view pattern : {"-dddd-dd-dd", "-dddddddd", "@dddddddd", "-latest"}) {
    if (model.size() > pattern.size() && matches(model.substr(model.size() - pattern.size()), pattern)) {
      return model.substr(0, model.size() - pattern.size());
    }
  }
  return model;
}

}  // namespace

const Rates& Price::rates_for(std::int64_t input_tokens) const {
  const Rates* found = &rates;
  for (const Band& band : bands) {
    if (input_tokens > band.above_tokens) found = &band.rates;
  }
  return *found;
}

Money cost_of(const Usage& usage, const Price& price) {
  const Rates& rates = price.rates_for(usage.input_tokens);
  std::int64_t input = std::max<std::int64_t>(0, usage.input_tokens);
  std::int64_t output = std::max<std::int64_t>(0, usage.output_tokens);
  Bill bill;
  const Money cache_write = rates.cache_write.value_or(rates.input);
  const std::int64_t written = std::max<std::int64_t>(0, usage.cache_write_tokens);
  const std::int64_t write_1h = std::clamp<std::int64_t>(usage.cache_write_1h_tokens, 0, written);
  bill.add(take(input, usage.cached_tokens), rates.cached_input.value_or(rates.input));
  bill.add(take(input, write_1h), rates.cache_write_1h.value_or(cache_write));
  bill.add(take(input, written - write_1h), cache_write);
  bill.add(take(input, usage.audio_input_tokens), rates.audio_input.value_or(rates.input));
  bill.add(take(output, usage.audio_output_tokens), rates.audio_output.value_or(rates.output));
  if (rates.reasoning) bill.add(take(output, usage.reasoning_tokens), *rates.reasoning);
  bill.add(input, rates.input);
  bill.add(output, rates.output);
  return bill.total();
}

Money most_it_can_cost(std::int64_t input_tokens, std::int64_t output_tokens, const Price& price) {
  const auto at = [&](const Rates& rates) {
    Bill bill;
    bill.add(std::max<std::int64_t>(0, input_tokens),
             std::max({rates.input, rates.cache_write.value_or(Money{}), rates.cache_write_1h.value_or(Money{}),
                       rates.audio_input.value_or(Money{})}));
    bill.add(std::max<std::int64_t>(0, output_tokens),
             std::max({rates.output, rates.reasoning.value_or(Money{}), rates.audio_output.value_or(Money{})}));
    return bill.total();
  };
  // Our count of the input may be off by some: a band that is near counts.
  Money most = at(price.rates);
  for (const Price::Band& band : price.bands) {
    if (input_tokens + input_tokens / 4 > band.above_tokens) most = std::max(most, at(band.rates));
  }
  return most;
}

const Price* PriceTable::exactly(std::string_view provider, std::string_view model) const {
  std::string key(provider);
  key += '/';
  key += model;
  const auto found = models_.find(key);
  return found == models_.end() ? nullptr : &found->second;
}

std::optional<Price> PriceTable::find(std::string_view provider, std::string_view model) const {
  const auto at = [&](std::string_view seller, std::string_view name) {
    const Price* exact = exactly(seller, name);
    return exact ? exact : exactly(seller, undated(name));
  };
  const Price* found = at(provider, model);
  const auto slash = model.find('/');
  if (!found && slash != std::string_view::npos) {
    const std::string_view maker = model.substr(0, slash);
    if (maker == provider || provider == "openrouter") found = at(maker, model.substr(slash + 1));
  }
  return found ? std::optional(*found) : std::nullopt;
}

PriceTable PriceTable::with(const PriceTable& newer) const {
  PriceTable both(std::max(date_, newer.date_), newer.models_);
  both.models_.insert(models_.begin(), models_.end());
  return both;
}

}  // namespace convoke
