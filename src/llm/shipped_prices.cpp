// The price list this version was made with, as the assembler includes it into this object.
#include <stdexcept>

#include "llm/price_list.hpp"

asm(".pushsection .rodata\n"
    ".global convoke_prices_begin\n.global convoke_prices_end\nconvoke_prices_begin:\n.incbin \"" CONVOKE_PRICES
    "\"\nconvoke_prices_end:\n.byte 0\n"
    ".popsection\n");
extern "C" const char convoke_prices_begin[];
extern "C" const char convoke_prices_end[];

namespace convoke {

const PriceTable& shipped_prices() {
  static const PriceTable table = [] {
    auto list = read_price_list({convoke_prices_begin, convoke_prices_end}, "", "");
    if (!list) throw std::logic_error("the shipped prices: " + list.error().message);
    return std::move(list->table);
  }();
  return table;
}

}  // namespace convoke
