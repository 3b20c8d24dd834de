#pragma once
#include <string_view>
#include <vector>

#include "tokens/char_class.hpp"

namespace convoke {

/// How a text is cut into pieces before tokens are made; no token crosses a piece's end. Each is one of tiktoken's
/// patterns, as a hand-written state machine that tries the alternatives in the order of the pattern.
enum class Pattern {
  cl100k,  ///< of cl100k_base
  o200k,   ///< of o200k_base and o200k_harmony
};

/// Where the piece that begins at `at` ends. [at, end) is valid UTF-8 and not empty; `end` is the end of the text.
template <Pattern pattern>
const char* piece_end(const CharClasses& classes, const char* at, const char* end);

/// All pieces of `text`, which must be valid UTF-8. For tests: counting cuts and counts in one go.
std::vector<std::string_view> pieces_of(Pattern pattern, std::string_view text);

}  // namespace convoke
