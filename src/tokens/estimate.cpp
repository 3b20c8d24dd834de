#include "tokens/estimate.hpp"

#include <algorithm>

namespace convoke {

std::int64_t estimate_tokens(std::string_view text) {
  const auto ascii = std::ranges::count_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const auto other = static_cast<std::int64_t>(text.size()) - ascii;
  return (ascii + 3) / 4 + (other + 1) / 2;
}

}  // namespace convoke
