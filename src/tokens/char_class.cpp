#include "tokens/char_class.hpp"

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
  constexpr unsigned classes = 8;
  for (unsigned c = 0; c < classes; ++c) pages_.emplace_back().fill(static_cast<CharClass>(c));
  const auto* next = std::begin(range_starts);
  unsigned char_class = 0;
  for (unsigned page = 0; page < page_of_.size(); ++page) {
    const unsigned end = (page + 1) * page_size;
    if (next == std::end(range_starts) || *next >> 8 >= end) {  // all of it of one class
      page_of_[page] = static_cast<std::uint16_t>(char_class);
      continue;
    }
    page_of_[page] = static_cast<std::uint16_t>(pages_.size());
    auto& entries = pages_.emplace_back();
    for (unsigned code_point = page * page_size; code_point < end; ++code_point) {
      if (next != std::end(range_starts) && *next >> 8 == code_point) char_class = *next++ & 0xffU;
      entries[code_point % page_size] = static_cast<CharClass>(char_class);
    }
  }
}

}  // namespace convoke
