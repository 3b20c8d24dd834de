#pragma once
#include <cstdint>

namespace convoke {

/// What CharClass does not tell apart: of `other` punctuation and symbols, of `upper` the title case, of `uncased` the
/// modifiers.
enum class CharKind : std::uint8_t { none, punctuation, symbol, titlecase, modifier };

CharKind kind_of(std::uint32_t code_point);

}  // namespace convoke
