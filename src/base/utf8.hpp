#pragma once
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace convoke {

/// Where the first byte that is not UTF-8 stands; the length of `text` if there is none. What is cut off at the end
/// counts as wrong from where it begins. Pure.
std::size_t valid_utf8_prefix(std::string_view text);

/// True for the bytes of a character after its first. Pure, as are the next two.
constexpr bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// How many characters (code points) `text` has, if it is UTF-8.
constexpr std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return !continues_character(byte); }));
}

/// The beginning of `text`, at most `max_bytes` long, that does not end inside a character.
constexpr std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && continues_character(text[max_bytes])) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace convoke
