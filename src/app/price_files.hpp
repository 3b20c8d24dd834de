#pragma once
#include <string>

#include "llm/price_list.hpp"

namespace convoke {

/// Where a list of prices is looked for when the configuration names none, and where `convoke prices update` puts it.
inline constexpr std::string_view usual_prices_file = "prices.json";

/// Reads a list of prices in any form that `read_price_list` knows. `not_found` if there is no such file,
/// `invalid_input` if it is no list of prices or larger than any.
Result<PriceList> read_price_file(const std::string& path, std::string_view provider = "");

/// Writes the table so that whoever reads the file sees the old list or the new one, whole.
Result<void> write_price_file(const std::string& path, const PriceTable& table);

/// The day, as lists of prices are dated.
std::string today();

}  // namespace convoke
