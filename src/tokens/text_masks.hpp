#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "tokens/char_class.hpp"

namespace convoke {

/// 64 bytes of text as bit masks, one bit per byte, the first byte in the lowest bit. All bytes of a character have the
/// bits of its class.
struct TextMasks {
  using Mask = std::uint64_t;
  static constexpr std::size_t size = 64;

  Mask upper = 0, lower = 0, uncased = 0, mark = 0;
  Mask digit = 0;   ///< ASCII only
  Mask number = 0;  ///< those that are not ASCII
  Mask white = 0, newline = 0, space = 0;
  Mask apostrophe = 0, slash = 0;
  Mask wide = 0;   ///< characters of several bytes ...
  Mask inner = 0;  ///< ... and their bytes but the first

  /// Fills in what is ASCII, and `wide` and `inner`, from 64 bytes.
  [[gnu::always_inline]] void read_ascii(const char* bytes);
  /// Fills in the rest: `text` is where the bytes come from, valid UTF-8 and readable to the end of each character.
  [[gnu::always_inline]] void read_wide(const CharClasses& classes, const char* text);

  /// The places after the characters that begin at `firsts`.
  Mask after(Mask firsts) const { return ((firsts << 1) + inner) & ~inner; }

 private:
  /// All bytes of the characters that begin at `firsts`.
  Mask whole(Mask firsts) const { return firsts | (inner & ~((firsts << 1) + inner)); }
};

#if defined(__SSE2__)
inline void TextMasks::read_ascii(const char* bytes) {
  for (unsigned i = 0; i < size; i += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i));
    const auto bits = [i](__m128i m) { return static_cast<Mask>(static_cast<unsigned>(_mm_movemask_epi8(m))) << i; };
    const auto in_range = [](__m128i bytes16, char low, char count) {
      const __m128i offset = _mm_sub_epi8(bytes16, _mm_set1_epi8(low));
      return _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(count)), offset);
    };
    const __m128i letter = in_range(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 25);
    const __m128i case_bit = _mm_slli_epi16(v, 2);  // bit 5 comes to where movemask looks
    lower |= bits(_mm_and_si128(letter, case_bit));
    upper |= bits(_mm_andnot_si128(case_bit, letter));
    digit |= bits(in_range(v, '0', 9));
    white |= bits(_mm_or_si128(in_range(v, '\t', 4), _mm_cmpeq_epi8(v, _mm_set1_epi8(' '))));
    space |= bits(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')));
    apostrophe |= bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('\'')));
    slash |= bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('/')));
    newline |= bits(_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))));
    wide |= bits(v);
    inner |= bits(_mm_cmplt_epi8(v, _mm_set1_epi8(static_cast<char>(0xc0))));
  }
}
#else
inline void TextMasks::read_ascii(const char* bytes) {
  for (unsigned i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const Mask bit = Mask{1} << i;
    if (byte >= 'a' && byte <= 'z') lower |= bit;
    if (byte >= 'A' && byte <= 'Z') upper |= bit;
    if (byte >= '0' && byte <= '9') digit |= bit;
    if (byte == ' ' || (byte >= '\t' && byte <= '\r')) white |= bit;
    if (byte == '\n' || byte == '\r') newline |= bit;
    if (byte == ' ') space |= bit;
    if (byte == '\'') apostrophe |= bit;
    if (byte == '/') slash |= bit;
    if (byte >= 0x80) wide |= bit;
    if (byte >= 0x80 && byte < 0xc0) inner |= bit;
  }
}
#endif

/// Which of 64 bytes have the bit `bit`, 0 to 7, set.
[[gnu::always_inline]] inline TextMasks::Mask bytes_with(unsigned bit, const std::array<unsigned char, 64>& bytes) {
  TextMasks::Mask mask = 0;
#if defined(__SSE2__)
  for (unsigned i = 0; i < bytes.size(); i += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + i));
    const int found = _mm_movemask_epi8(_mm_slli_epi16(v, static_cast<int>(7 - bit)));
    mask |= static_cast<TextMasks::Mask>(static_cast<unsigned>(found)) << i;
  }
#else
  for (unsigned i = 0; i < bytes.size(); ++i) mask |= TextMasks::Mask{bytes[i] >> bit & 1U} << i;
#endif
  return mask;
}

inline void TextMasks::read_wide(const CharClasses& classes, const char* text) {
  // A bit for the class of each character, in the place of its first byte: stores that do not wait for each other.
  std::array<unsigned char, size> seen{};
  for (Mask firsts = wide & ~inner; firsts != 0; firsts &= firsts - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(firsts));
    seen[at] = static_cast<unsigned char>(1U << static_cast<unsigned>(classes.read_wide(text + at)));
  }
  const auto all_of = [&](CharClass c)
                          __attribute__((always_inline)) { return whole(bytes_with(static_cast<unsigned>(c), seen)); };
  upper |= all_of(CharClass::upper);
  lower |= all_of(CharClass::lower);
  uncased |= all_of(CharClass::uncased);
  mark |= all_of(CharClass::mark);
  number |= all_of(CharClass::number);
  white |= all_of(CharClass::space);
}

}  // namespace convoke
