#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "tokens/pretokenizer.hpp"

namespace convoke {

/// Up to 64 bytes of text as bit masks, one bit per byte, in which pieces of ASCII are found without looking at each
/// byte. Where a piece might depend on what is outside the window or on a byte that is not ASCII, it says so (0), and
/// `piece_end` decides.
class AsciiWindow {
 public:
  using Mask = std::uint64_t;
  static constexpr std::size_t max_size = 64;

  /// Looks at the first `size` bytes (1 to 64) of `text`.
  [[gnu::always_inline]] AsciiWindow(const char* text, std::size_t size) : text_(text), size_(size) {
    if (size == max_size) {
      look_at(text);
    } else {
      char padded[max_size] = {};
      std::memcpy(padded, text, size);
      look_at(padded);
    }
  }

  /// Where pieces begin for certain, one bit per byte, given that one begins at byte 0 (whose bit is not set). None
  /// begins between these, but more may begin after the last.
  template <Pattern pattern>
  [[gnu::always_inline]] Mask piece_starts() const {
    const Mask letter = upper_ | lower_;
    const Mask blank = white_ & ~newline_;
    const Mask symbol = ~(letter | digit_ | white_ | high_);
    const Mask symbol_start = symbol & ~(symbol << 1);
    const Mask after_space = space_ << 1;
    // A symbol that stands alone before a word belongs to it; so does a blank.
    const Mask word_prefix = symbol_start & letter >> 1 & ~after_space;
    const Mask word_start = letter & ~(letter << 1) & ~(blank << 1) & ~(word_prefix << 1);
    const Mask last_blank = blank & (letter | digit_ | symbol) >> 1;
    const Mask indent_start = blank & newline_ << 1;
    const Mask white_start = white_ & ~(white_ << 1) & ~(newline_ & symbol << 1);
    const Mask camel = pattern == Pattern::o200k ? upper_ & lower_ << 1 : 0;
    const Mask starts =
        word_start | camel | last_blank | indent_start | white_start | (symbol_start & ~after_space) | number_starts();

    // Where it takes a closer look: contractions, lines of blanks only, a slash that goes with the newline before it.
    Mask hard = high_ | (((indent_start + blank) & ~blank) & newline_);
    if (pattern == Pattern::o200k) {
      hard |= (apostrophe_ & letter << 1) | (slash_ & newline_ << 1);
    } else {
      hard |= apostrophe_ & symbol_start & ~after_space;
    }
    return starts & certain(std::min(size_, static_cast<std::size_t>(std::countr_zero(hard))));
  }

  /// The length of the piece that begins at byte `at` (less than `size`); 0 where the window does not tell.
  template <Pattern pattern>
  [[gnu::always_inline]] std::size_t piece_length(std::size_t at) const {
    const View view(*this, at);
    return pattern == Pattern::o200k ? view.o200k_length() : view.cl100k_length();
  }

 private:
  /// A number has up to three digits.
  [[gnu::always_inline]] Mask number_starts() const {
    const Mask fourth = digit_ & digit_ << 1 & digit_ << 2 & digit_ << 3;
    Mask starts = digit_ & ~(digit_ << 1);
    for (Mask more = starts << 3 & fourth; more != 0; more = more << 3 & fourth) starts |= more;
    return starts;
  }

  /// The places where a start does not depend on what comes at byte `end` (0 to 64) or after it.
  [[gnu::always_inline]] Mask certain(std::size_t end) const {
    if (end < 2) return 0;
    const auto white_tail = static_cast<std::size_t>(std::countl_one(white_ << (max_size - end)));
    // How white space is cut depends on all of it, except where it begins.
    const std::size_t last = white_tail == 0 ? end - 2 : end - std::min(end, white_tail);
    return ((Mask{2} << last) - 1) & ~Mask{1};
  }

  /// The window from one byte on.
  class View {
   public:
    View(const AsciiWindow& window, std::size_t at)
        : upper_(window.upper_ >> at),
          lower_(window.lower_ >> at),
          digit_(window.digit_ >> at),
          white_(window.white_ >> at),
          newline_(window.newline_ >> at),
          high_(window.high_ >> at),
          text_(window.text_ + at),
          room_(window.size_ - at) {}

    [[gnu::always_inline]] std::size_t o200k_length() const {
      const unsigned prefix = has_prefix();
      const std::size_t head = prefix + run_of(upper_ >> prefix);
      if (head >= room_) return 0;
      const std::size_t word = head + run_of(lower_ >> head);
      if (word == prefix) return rest_length<Pattern::o200k>();
      if (!tells(word)) return 0;
      return text_[word] == '\'' ? after_contraction(word) : word;
    }

    [[gnu::always_inline]] std::size_t cl100k_length() const {
      if (text_[0] == '\'') {
        const std::size_t contraction = after_contraction(0);
        if (contraction != 0 || room_ < 3 || (high_ & 2) != 0) return contraction;
      }
      const unsigned prefix = has_prefix();
      const std::size_t word = prefix + run_of((upper_ | lower_) >> prefix);
      if (word == prefix) return rest_length<Pattern::cl100k>();
      return tells(word) ? word : 0;
    }

   private:
    static std::size_t run_of(Mask mask) { return static_cast<std::size_t>(std::countr_one(mask)); }

    /// 1 where the first byte may stand before a word: neither letter, digit nor newline.
    unsigned has_prefix() const { return (~(upper_ | lower_ | digit_ | newline_ | high_)) & 1U; }

    /// Whether byte `at` is in the window and ASCII.
    bool tells(std::size_t at) const { return at < room_ && (high_ >> at & 1U) == 0; }

    /// Where the contraction ends that may begin at the apostrophe `at`; `at` itself without one; 0: cannot tell.
    std::size_t after_contraction(std::size_t at) const {
      if (at + 2 >= room_ || (high_ >> at & 6U) != 0) return 0;
      const auto first = static_cast<char>(text_[at + 1] | 0x20);
      const auto second = static_cast<char>(text_[at + 2] | 0x20);
      if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
      const bool is_long = ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
      return is_long ? at + 3 : at;
    }

    /// What is no word: numbers, symbols, white space.
    template <Pattern pattern>
    [[gnu::always_inline]] std::size_t rest_length() const {
      if ((digit_ & 1U) != 0) {
        const std::size_t digits = run_of(digit_);
        return digits >= 3 ? 3 : tells(digits) ? digits : 0;
      }
      const unsigned blank = text_[0] == ' ' ? 1 : 0;
      const Mask symbols = ~(upper_ | lower_ | digit_ | white_ | high_) >> blank;
      return (symbols & 1U) != 0 ? symbols_length<pattern>(blank + run_of(symbols)) : white_length();
    }

    template <Pattern pattern>
    std::size_t symbols_length(std::size_t at) const {
      if (!tells(at)) return 0;
      while (at < room_ && ((newline_ >> at & 1U) != 0 || (pattern == Pattern::o200k && text_[at] == '/'))) ++at;
      return at < room_ ? at : 0;
    }

    [[gnu::always_inline]] std::size_t white_length() const {
      const std::size_t run = run_of(white_);
      if (run == 0 || !tells(run)) return 0;
      const Mask newlines = newline_ & ((Mask{1} << run) - 1);
      if (newlines != 0) return max_size - static_cast<std::size_t>(std::countl_zero(newlines));
      return run == 1 ? 1 : run - 1;
    }

    Mask upper_, lower_, digit_, white_, newline_, high_;
    const char* text_;
    std::size_t room_;
  };

#if defined(__SSE2__)
  void look_at(const char* bytes) {
    for (unsigned i = 0; i < max_size; i += 16) {
      const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i));
      const auto mask = [i](__m128i m) { return static_cast<Mask>(static_cast<unsigned>(_mm_movemask_epi8(m))) << i; };
      const auto in_range = [](__m128i bytes16, char low, char count) {
        const __m128i offset = _mm_sub_epi8(bytes16, _mm_set1_epi8(low));
        return _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(count)), offset);
      };
      const __m128i letter = in_range(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 25);
      const __m128i case_bit = _mm_slli_epi16(v, 2);  // bit 5 comes to where movemask looks
      lower_ |= mask(_mm_and_si128(letter, case_bit));
      upper_ |= mask(_mm_andnot_si128(case_bit, letter));
      digit_ |= mask(in_range(v, '0', 9));
      white_ |= mask(_mm_or_si128(in_range(v, '\t', 4), _mm_cmpeq_epi8(v, _mm_set1_epi8(' '))));
      space_ |= mask(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')));
      apostrophe_ |= mask(_mm_cmpeq_epi8(v, _mm_set1_epi8('\'')));
      slash_ |= mask(_mm_cmpeq_epi8(v, _mm_set1_epi8('/')));
      newline_ |= mask(_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))));
      high_ |= mask(v);
    }
  }
#else
  void look_at(const char* bytes) {
    for (unsigned i = 0; i < max_size; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      const Mask bit = Mask{1} << i;
      if (byte >= 'a' && byte <= 'z') lower_ |= bit;
      if (byte >= 'A' && byte <= 'Z') upper_ |= bit;
      if (byte >= '0' && byte <= '9') digit_ |= bit;
      if (byte == ' ' || (byte >= '\t' && byte <= '\r')) white_ |= bit;
      if (byte == '\n' || byte == '\r') newline_ |= bit;
      if (byte == ' ') space_ |= bit;
      if (byte == '\'') apostrophe_ |= bit;
      if (byte == '/') slash_ |= bit;
      if (byte >= 0x80) high_ |= bit;
    }
  }
#endif

  Mask upper_ = 0, lower_ = 0, digit_ = 0, white_ = 0, newline_ = 0, high_ = 0, space_ = 0, apostrophe_ = 0, slash_ = 0;
  const char* text_;
  std::size_t size_;
};

}  // namespace convoke
