#include "tokens/char_class.hpp"

#include <algorithm>
#include <iterator>

namespace convoke {
namespace {

constexpr std::uint32_t range_starts[] = {
#include "tokens/unicode_classes.inc"
};

}  // namespace

const CharClasses& CharClasses::shared() {
  static const CharClasses classes;
  return classes;
}

CharClasses::CharClasses() {
  unsigned at = 0;
  auto char_class = CharClass::other;
  const auto fill_to = [&](unsigned end) {
    if (at < end) std::fill(table_ + at, table_ + end, char_class);
    at = std::max(at, end);
  };
  for (const std::uint32_t start : range_starts) {
    fill_to(std::min(start >> 8, table_size));
    char_class = static_cast<CharClass>(start & 0xffU);
  }
  fill_to(table_size);
}

}  // namespace convoke
