#include "base/utf8.hpp"

namespace convoke {
namespace {

/// How many bytes the character has that begins with `first`; 0: none does.
std::size_t length_of_character(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

bool is_character(std::string_view bytes) {
  for (const char c : bytes.substr(1)) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) return false;
  }
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = bytes.size() > 1 ? static_cast<unsigned char>(bytes[1]) : 0U;
  const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool is_outside = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return !is_overlong && !is_outside;
}

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = length_of_character(static_cast<unsigned char>(text[at]));
    if (length == 0 || text.size() - at < length || !is_character(text.substr(at, length))) break;
    at += length;
  }
  return at;
}

}  // namespace convoke
