#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

namespace convoke {

/// What the pretokenizers' patterns tell apart. A letter is `upper`, `lower` or `uncased`.
enum class CharClass : std::uint8_t {
  other,    ///< punctuation, symbols, controls, unassigned
  upper,    ///< Lu, Lt
  lower,    ///< Ll
  uncased,  ///< Lm, Lo: letters of scripts without case
  mark,     ///< M: combining marks
  number,   ///< N
  newline,  ///< CR, LF
  space,    ///< White_Space but not a newline
};

/// A set of classes, to ask for several at once.
struct CharClassSet {
  template <class... Classes>
  explicit constexpr CharClassSet(Classes... classes) : bits((0U | ... | (1U << static_cast<unsigned>(classes)))) {}
  constexpr bool has(CharClass c) const { return ((bits >> static_cast<unsigned>(c)) & 1U) != 0; }
  unsigned bits;
};

struct Char {
  CharClass char_class;
  std::size_t length;  ///< in bytes
};

/// The class of every code point, by Unicode 16.0 (the version of tiktoken 0.14's pattern engine).
class CharClasses {
 public:
  static const CharClasses& shared();
  CharClasses(const CharClasses&) = delete;
  CharClasses& operator=(const CharClasses&) = delete;

  /// The character that begins at `at`, which must be valid UTF-8.
  Char read(const char* at) const {
    const auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {table_[lead], 1};
    if (lead < 0xe0) return {table_[(lead & 0x1fU) << 6 | (byte(1) & 0x3fU)], 2};
    if (lead < 0xf0) return {table_[(lead & 0xfU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU)], 3};
    const unsigned code_point =
        (lead & 7U) << 18 | (byte(1) & 0x3fU) << 12 | (byte(2) & 0x3fU) << 6 | (byte(3) & 0x3fU);
    return {code_point < table_size ? table_[code_point] : far(code_point), 4};
  }

 private:
  CharClasses();
  /// Beyond the table there are only the variation selectors.
  static CharClass far(unsigned code_point) {
    return code_point >= 0xe0100 && code_point < 0xe01f0 ? CharClass::mark : CharClass::other;
  }

  static constexpr unsigned table_size = 0x32400;
  CharClass table_[table_size];
};

}  // namespace convoke
