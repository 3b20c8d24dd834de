#include "tokens/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#if defined(__SSE2__)
#include <tmmintrin.h>
#endif

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

bool is_valid_on_any(std::string_view text) {
  const char* at = text.data();
  for (const char* const end = at + text.size(); at != end;) {
    const Sequence sequence = read_sequence(at, end);
    if (!sequence.is_valid) return false;
    at += sequence.length;
  }
  return true;
}

#if defined(__SSE2__)
#define SSSE3 __attribute__((target("ssse3"), always_inline))

/// Sixteen bytes at a time (Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte", 2021): three
/// look-ups by half bytes tell which rules each pair of neighbours may break; a rule that all three name is broken.
class Utf8Blocks {
 public:
  SSSE3 void check(__m128i block) {
    const __m128i second = _mm_alignr_epi8(block, last_, 15);  // the byte before each one
    const __m128i broken =
        _mm_and_si128(_mm_and_si128(_mm_shuffle_epi8(load(by_first_high), high_halves(second)),
                                    _mm_shuffle_epi8(load(by_first_low), _mm_and_si128(second, _mm_set1_epi8(0x0f)))),
                      _mm_shuffle_epi8(load(by_second_high), high_halves(block)));
    // Two continuations in a row are right after the leads of three and four bytes, and only there.
    const __m128i third = _mm_subs_epu8(_mm_alignr_epi8(block, last_, 14), _mm_set1_epi8(0xe0 - 0x80));
    const __m128i fourth = _mm_subs_epu8(_mm_alignr_epi8(block, last_, 13), _mm_set1_epi8(0xf0 - 0x80));
    const __m128i wanted = _mm_and_si128(_mm_or_si128(third, fourth), _mm_set1_epi8(static_cast<char>(0x80)));
    errors_ = _mm_or_si128(errors_, _mm_xor_si128(wanted, broken));
    last_ = block;
  }

  /// For a block of ASCII, or none: a character that the last block began is broken off.
  SSSE3 void finish() {
    const __m128i most = _mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, static_cast<char>(0xef),
                                       static_cast<char>(0xdf), static_cast<char>(0xbf));
    errors_ = _mm_or_si128(errors_, _mm_subs_epu8(last_, most));
    last_ = _mm_setzero_si128();
  }

  SSSE3 bool is_valid() const { return _mm_movemask_epi8(_mm_cmpeq_epi8(errors_, _mm_setzero_si128())) == 0xffff; }

 private:
  using Table = std::array<unsigned char, 16>;
  enum Rule : unsigned char {
    too_short = 1,
    too_long = 2,
    overlong_3 = 4,
    too_large = 8,
    surrogate = 16,
    overlong_2 = 32,
    too_large_or_overlong_4 = 64,
    two_continuations = 128,
    any_first = too_short | too_long | two_continuations,
    large = any_first | too_large | too_large_or_overlong_4,
    continuation = too_long | overlong_2 | two_continuations,
  };
  static constexpr Table by_first_high{too_long,
                                       too_long,
                                       too_long,
                                       too_long,
                                       too_long,
                                       too_long,
                                       too_long,
                                       too_long,
                                       two_continuations,
                                       two_continuations,
                                       two_continuations,
                                       two_continuations,
                                       too_short | overlong_2,
                                       too_short,
                                       too_short | overlong_3 | surrogate,
                                       too_short | too_large | too_large_or_overlong_4};
  static constexpr Table by_first_low{any_first | overlong_3 | overlong_2 | too_large_or_overlong_4,
                                      any_first | overlong_2,
                                      any_first,
                                      any_first,
                                      any_first | too_large,
                                      large,
                                      large,
                                      large,
                                      large,
                                      large,
                                      large,
                                      large,
                                      large,
                                      large | surrogate,
                                      large,
                                      large};
  static constexpr Table by_second_high{too_short,
                                        too_short,
                                        too_short,
                                        too_short,
                                        too_short,
                                        too_short,
                                        too_short,
                                        too_short,
                                        continuation | overlong_3 | too_large_or_overlong_4,
                                        continuation | overlong_3 | too_large,
                                        continuation | surrogate | too_large,
                                        continuation | surrogate | too_large,
                                        too_short,
                                        too_short,
                                        too_short,
                                        too_short};

  SSSE3 static __m128i load(const Table& table) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data()));
  }
  SSSE3 static __m128i high_halves(__m128i bytes) {
    return _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0f));
  }

  __m128i last_ = _mm_setzero_si128();
  __m128i errors_ = _mm_setzero_si128();
};

__attribute__((target("ssse3"))) bool is_valid_on_newer(std::string_view text) {
  constexpr std::size_t block = 16;
  const auto read = [](const char* at) __attribute__((target("ssse3"))) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  };
  Utf8Blocks blocks;
  std::size_t i = 0;
  for (; i + 4 * block <= text.size(); i += 4 * block) {
    const char* const at = text.data() + i;
    const __m128i a = read(at), b = read(at + block), c = read(at + 2 * block), d = read(at + 3 * block);
    if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) == 0) {
      blocks.finish();
      continue;
    }
    for (const __m128i bytes : {a, b, c, d}) blocks.check(bytes);
  }
  for (; i < text.size(); i += block) {
    char padded[block] = {};
    std::memcpy(padded, text.data() + i, std::min(block, text.size() - i));
    blocks.check(read(padded));
  }
  blocks.finish();
  return blocks.is_valid();
}
const bool has_byte_shuffles = __builtin_cpu_supports("ssse3");
#undef SSSE3
#endif

}  // namespace

bool is_valid_utf8(std::string_view text) {
#if defined(__SSE2__)
  if (has_byte_shuffles) return is_valid_on_newer(text);
#endif
  return is_valid_on_any(text);
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
