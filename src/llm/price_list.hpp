#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "llm/prices.hpp"

namespace convoke {

/// A price list as it was read: what could be used, and what could not.
struct PriceList {
  PriceTable table;
  std::vector<std::string> left_out;  ///< one line each: the model and what is wrong with its prices
};

/// Reads a list of prices in any of three forms, told apart by their members:
///  - our own, as `to_text` writes it:
///  `{"format":"convoke-prices","date":…,"models":{"openai/gpt-6-luna":{"input":"0.1",…}}}`,
///    dollars for a million tokens;
///  - LiteLLM's `model_prices_and_context_window.json`: dollars for one token, as numbers;
///  - what OpenRouter and others answer to GET /models: `{"data":[{"id":…,"pricing":{"prompt":"0.0000001",…}}]}`,
///  dollars
///    for one token, as text. It names no provider, so `provider` says whose models these are.
/// `today` dates a list that has no date of its own. Entries that make no sense are left out, each with its reason;
/// `invalid_input` when the whole does, or when nothing is left. Pure.
Result<PriceList> read_price_list(std::string_view text, std::string_view provider, std::string_view today);

/// The table in our own form, one model per line, sorted.
std::string to_text(const PriceTable& table);

}  // namespace convoke
