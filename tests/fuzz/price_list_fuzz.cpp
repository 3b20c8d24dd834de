// Whatever a list of prices holds, what is taken from it is written and read back as it was, and no price is negative.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "llm/price_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convoke;
  const auto list = read_price_list({reinterpret_cast<const char*>(data), size}, "openrouter", "2026-11-26");
  if (!list) return 0;
  for (const auto& [name, price] : list->table.models()) {
    if (most_it_can_cost(1'000'000'000, 1'000'000'000, price) < Money{}) std::abort();
  }
  const auto again = read_price_list(to_text(list->table), "", "");
  if (!again || again->table != list->table) std::abort();
  return 0;
}
