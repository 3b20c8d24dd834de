#include "tokens/char_kind.hpp"

#include <algorithm>
#include <iterator>

namespace convoke {
namespace {

constexpr std::uint32_t range_starts[] = {
#include "tokens/unicode_kinds.inc"
};

}  // namespace

CharKind kind_of(std::uint32_t code_point) {
  const auto* after = std::upper_bound(std::begin(range_starts), std::end(range_starts), code_point << 8 | 0xffU);
  return after == std::begin(range_starts) ? CharKind::none : static_cast<CharKind>(*(after - 1) & 0xffU);
}

}  // namespace convoke
