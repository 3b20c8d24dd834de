#include "tokens/utf8.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace convoke {
namespace {

/// What stands at the front of a text: the bytes of one character, or of a part that can never become one.
struct Sequence {
  std::size_t length;
  bool is_valid;
};

bool is_between(char c, unsigned low, unsigned high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

Sequence read_sequence(const char* at, const char* end) {
  const auto lead = static_cast<unsigned char>(*at);
  if (lead < 0x80) return {1, true};
  if (lead < 0xc2 || lead > 0xf4) return {1, false};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // The second byte decides about overlong forms, surrogates and the upper end.
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  const auto available = static_cast<std::size_t>(end - at);
  if (available < 2 || !is_between(at[1], low, high)) return {1, false};
  for (std::size_t i = 2; i < length; ++i) {
    if (available <= i || !is_between(at[i], 0x80, 0xbf)) return {i, false};
  }
  return {length, true};
}

/// The length of a character of two or three bytes at `at`, where four can be read and no rule but the common one has
/// to be looked at: 0 for all others.
std::size_t usual_sequence(const char* at) {
  std::uint32_t bytes;
  std::memcpy(&bytes, at, 4);
  if constexpr (std::endian::native == std::endian::big) return 0;
  const std::uint32_t lead = bytes & 0xff;
  if ((bytes & 0xc0e0) == 0x80c0 && lead >= 0xc2) return 2;
  if ((bytes & 0xc0c0f0) == 0x8080e0 && lead != 0xe0 && lead != 0xed) return 3;
  return 0;
}

bool is_ascii(const char* at, std::size_t size) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, at + i, 8);
    seen |= word;
  }
  return (seen & high_bits) == 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  constexpr std::ptrdiff_t block = 32;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (static_cast<unsigned char>(*at) < 0x80) {
      if (end - at >= block && is_ascii(at, block)) {
        at += block;
      } else {
        ++at;
      }
      continue;
    }
    if (end - at >= 4) {
      const std::size_t usual = usual_sequence(at);
      if (usual != 0) {
        at += usual;
        continue;
      }
    }
    const Sequence sequence = read_sequence(at, end);
    if (!sequence.is_valid) return false;
    at += sequence.length;
  }
  return true;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string replaced;
  replaced.reserve(text.size() + text.size() / 2);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const Sequence sequence = read_sequence(at, end);
    if (sequence.is_valid) {
      replaced.append(at, sequence.length);
    } else {
      replaced.append("\xef\xbf\xbd");
    }
    at += sequence.length;
  }
  return replaced;
}

}  // namespace convoke
