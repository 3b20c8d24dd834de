#pragma once
#include <algorithm>
#include <string_view>

#include "tokens/ascii_window.hpp"

namespace convoke {

/// Hands each piece of `text`, valid UTF-8, to `take(const char* at, std::size_t length)`, in order.
template <Pattern pattern, class Take>
[[gnu::always_inline]] inline void split_pieces(std::string_view text, Take&& take) {
  const CharClasses& classes = CharClasses::shared();
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const auto left = static_cast<std::size_t>(end - at);
    // A window pays only where several pieces are ASCII; two bytes tell nearly always.
    const bool is_ascii = ((at[0] | (left > 1 ? at[1] : 0)) & 0x80) == 0;
    if (is_ascii) {
      const std::size_t size = std::min(left, AsciiWindow::max_size);
      const AsciiWindow window(at, size);
      std::size_t done = 0;
      for (auto starts = window.piece_starts<pattern>(); starts != 0; starts &= starts - 1) {
        const auto start = static_cast<std::size_t>(std::countr_zero(starts));
        take(at + done, start - done);
        done = start;
      }
      // The last one ends where the window needs a closer look, or at its edge.
      if (const std::size_t length = window.piece_length<pattern>(done); length != 0) {
        take(at + done, length);
        done += length;
      }
      at += done;
      if (done > 0) continue;
    }
    const char* const next = piece_end<pattern>(classes, at, end);
    take(at, static_cast<std::size_t>(next - at));
    at = next;
  }
}

}  // namespace convoke
