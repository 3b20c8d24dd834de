#pragma once
#include <algorithm>

#include "tokens/pretokenizer.hpp"
#include "tokens/text_masks.hpp"

namespace convoke {

/// Up to 64 bytes of text in which pieces are found by bit masks, without looking at each character. What depends on
/// text outside the window, or on something rare, it leaves to others.
template <Pattern pattern>
class TextWindow {
 public:
  using Mask = TextMasks::Mask;
  static constexpr std::size_t max_size = TextMasks::size;

  /// Looks at the first `size` bytes (1 to 64) of `text`, which is valid UTF-8 and goes on to the end of a character.
  [[gnu::always_inline]] TextWindow(const CharClasses& classes, const char* text, std::size_t size)
      : text_(text), size_(size) {
    if (size == max_size) {
      m_.read_ascii(text);
    } else {
      char padded[max_size] = {};
      std::memcpy(padded, text, size);
      m_.read_ascii(padded);
    }
    if (m_.wide != 0) m_.read_wide(classes, text);
  }

  struct Found {
    /// Where pieces begin for certain, one bit per byte, given that one begins at byte 0 (whose bit is not set). None
    /// begins between these, but more may begin after the last.
    Mask starts;
    /// Where the window does not tell: something rare, or its end.
    std::size_t end;
  };
  [[gnu::always_inline]] Found find() const {
    const Mask letter = m_.upper | m_.lower | m_.uncased | (pattern == Pattern::o200k ? m_.mark : 0);
    const Mask blank = m_.white & ~m_.newline;
    const Mask symbol = ~(letter | m_.digit | m_.number | m_.white);
    const Mask after_space = m_.space << 1;
    const Mask symbol_start = symbol & ~(symbol << 1);
    const Mask own_symbol = symbol_start & ~after_space;
    // A symbol that stands alone before a word belongs to it; so does a blank.
    const Mask word_start = letter & ~(letter << 1) & ~(blank << 1) & ~m_.after(own_symbol);
    const Mask indent_start = blank & m_.newline << 1;
    const Mask white_start = m_.white & ~(m_.white << 1) & ~(m_.newline & symbol << 1);
    const Mask camel = pattern == Pattern::o200k ? m_.upper & m_.lower << 1 : 0;
    const Mask starts =
        word_start | camel | last_blanks(blank) | indent_start | white_start | own_symbol | number_starts();
    const Mask unclear = hard(own_symbol, indent_start, blank);
    const std::size_t end = std::min(size_, static_cast<std::size_t>(std::countr_zero(unclear)));
    return {starts & certain(end), end};
  }

 private:
  /// Where it takes a closer look: contractions, lines of blanks only, and what a text seldom has.
  [[gnu::always_inline]] Mask hard(Mask own_symbol, Mask indent_start, Mask blank) const {
    const Mask blank_lines = ((indent_start + blank) & ~blank) & m_.newline;
    if (pattern == Pattern::cl100k) return blank_lines | m_.number | (m_.apostrophe & own_symbol);
    const Mask letter = m_.upper | m_.lower | m_.uncased;
    // A mark is a letter where it follows one. Whether a capital that follows a letter without case begins a piece
    // depends on what comes much later.
    const Mask lone_mark = m_.mark & ~((letter | m_.mark) << 1);
    const Mask late_capital = m_.upper & (m_.uncased | m_.mark) << 1;
    return blank_lines | m_.number | lone_mark | late_capital | (m_.apostrophe & (letter | m_.mark) << 1) |
           (m_.slash & m_.newline << 1);
  }

  /// The last blank before something else stays with that, or alone.
  [[gnu::always_inline]] Mask last_blanks(Mask blank) const {
    const Mask wide_blank = blank & m_.wide;
    const Mask last = blank & ~m_.wide & ~(m_.white >> 1);
    if (wide_blank == 0) [[likely]]
      return last;
    const Mask first_bytes = wide_blank & ~m_.inner;  // of two or three
    const Mask followed = m_.after(first_bytes) & ~m_.white;
    return last | (first_bytes & (followed >> 2 | followed >> 3));
  }

  /// A number has up to three digits.
  [[gnu::always_inline]] Mask number_starts() const {
    const Mask digit = m_.digit;
    const Mask fourth = digit & digit << 1 & digit << 2 & digit << 3;
    Mask starts = digit & ~(digit << 1);
    for (Mask more = starts << 3 & fourth; more != 0; more = more << 3 & fourth) starts |= more;
    return starts;
  }

  /// The places where a start does not depend on what comes at byte `end` (0 to 64) or after it.
  [[gnu::always_inline]] Mask certain(std::size_t end) const {
    if (end < 2) return 0;
    const auto white_tail = static_cast<std::size_t>(std::countl_one(m_.white << (max_size - end)));
    // How white space is cut depends on all of it, except where it begins.
    const std::size_t last = white_tail == 0 ? end - 2 : end - std::min(end, white_tail);
    return ((Mask{2} << last) - 1) & ~Mask{1};
  }

  TextMasks m_;
  const char* text_;
  std::size_t size_;
};

}  // namespace convoke
