#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace convoke {

/// A set of characters, as a pattern names it.
struct CharSet {
  unsigned classes = 0;  ///< a bit for each CharClass
  unsigned kinds = 0;    ///< a bit for each kind that is asked for besides its class: see char_kind.hpp
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges{};  ///< first and last code point
  std::vector<CharSet> parts{};                                   ///< what stands negated inside of brackets
  bool is_negated = false;

  bool has(std::uint32_t code_point) const;
};

/// A regular expression of the kind by which tokenizers cut texts: character sets, groups, alternatives, greedy and
/// possessive repetition, looking ahead. It matches as a backtracking engine does: of the alternatives the first that
/// leads to a match. Immutable.
class SplitPattern {
 public:
  /// `invalid_input` names what it does not know (back references, lazy repetition, looking behind) and where.
  static Result<SplitPattern> parse(std::string_view pattern);

  /// Where the match ends that begins at `at`; null: none does. [at, end) is valid UTF-8, and `end` the end of the
  /// text. A pattern that would take more than `max_steps` matches nothing there.
  const char* match(const char* at, const char* end) const;

  static constexpr int max_steps = 50'000'000;

 private:
  friend class SplitPatternParser;
  enum class Op { set, split, jump, ahead, not_ahead, possessive, text_end, done };
  struct Instruction {
    Op op;
    std::size_t first = 0;   ///< where to go on; of `set` and `possessive`, the number of the set
    std::size_t second = 0;  ///< of `split`, where to go on if the first leads nowhere; of the look-aheads, after them
  };
  const char* run(std::size_t start, const char* at, const char* end, int& steps) const;

  std::vector<Instruction> program_;
  std::vector<CharSet> sets_;
};

}  // namespace convoke
