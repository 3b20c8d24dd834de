#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string_view>

#include "tokens/text_window.hpp"

namespace convoke {

/// Where pieces that follow each other end; the first begins where those before it ended.
using PieceEnds = std::span<const char* const>;
/// So many at a time, at most.
inline constexpr std::size_t piece_batch = 128;

/// Hands the pieces of `text`, valid UTF-8, to `take(const char* begin, PieceEnds ends)`, some at a time and in order.
template <Pattern pattern, class Take>
[[gnu::always_inline]] inline void split_pieces(std::string_view text, Take&& take) {
  using Window = TextWindow<pattern>;
  constexpr std::size_t batch = piece_batch - Window::max_size - 1;
  std::array<const char*, piece_batch> ends;  // a window fills in what it finds without asking
  std::size_t count = 0;
  const CharClasses& classes = CharClasses::shared();
  const char* begin = text.data();
  const char* at = begin;
  const char* const end = at + text.size();
  while (at != end) {
    const auto left = static_cast<std::size_t>(end - at);
    const Window window(classes, at, std::min(left, Window::max_size));
    const auto found = window.find();
    // Eight at a time, some of them for nothing: their number is hard to predict.
    auto starts = found.starts;
    const auto number = static_cast<std::size_t>(std::popcount(starts));
    for (std::size_t i = 0; i < number; i += 8) {
      for (std::size_t k = 0; k < 8; ++k, starts &= starts - 1) ends[count + i + k] = at + std::countr_zero(starts);
    }
    count += number;
    if (found.starts != 0) at += std::bit_width(found.starts) - 1;
    // The next window looks at the rest again, unless it would be none the wiser.
    const bool is_stuck = found.starts == 0 || found.end < Window::max_size;
    if (is_stuck) ends[count++] = at = piece_end<pattern>(classes, at, end);
    if (count >= batch || at == end) {
      take(begin, PieceEnds(ends.data(), count));
      begin = at;
      count = 0;
    }
  }
}

/// The same, a piece at a time, for `take(std::string_view piece)`.
template <Pattern pattern, class Take>
void for_each_piece(std::string_view text, Take&& take) {
  split_pieces<pattern>(text, [&](const char* begin, PieceEnds ends) {
    for (const char* const end : ends) {
      take(std::string_view(begin, end));
      begin = end;
    }
  });
}

}  // namespace convoke
