#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

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

/// The class of every code point, by Unicode 16.0 (the version of tiktoken 0.14's pattern engine). A table in two
/// steps, so that what a text needs of it stays in a core's own cache: the last byte of a character is its place in a
/// page of 64, and most pages are those of many.
class CharClasses {
 public:
  static const CharClasses& shared();
  CharClasses(const CharClasses&) = delete;
  CharClasses& operator=(const CharClasses&) = delete;

  /// The character that begins at `at`, which must be valid UTF-8.
  Char read(const char* at) const {
    const auto lead = static_cast<unsigned char>(*at);
    if (lead < 0x80) return {class_of(lead >> 6, lead), 1};
    return {read_wide(at), lead < 0xe0 ? 2U : lead < 0xf0 ? 3U : 4U};
  }

  /// The class of the character of two to four bytes at `at`.
  CharClass read_wide(const char* at) const {
    const auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
    const unsigned lead = byte(0);
    if (lead < 0xe0) return class_of(lead & 0x1fU, byte(1));
    if (lead < 0xf0) return class_of((lead & 0xfU) << 6 | (byte(1) & 0x3fU), byte(2));
    return class_of((lead & 7U) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU), byte(3));
  }

 private:
  CharClasses();
  /// `page`: all of a code point but its lowest six bits.
  CharClass class_of(unsigned page, unsigned last_byte) const { return pages_[page_of_[page]][last_byte & 0x3fU]; }

  static constexpr unsigned page_size = 64;
  std::array<std::uint16_t, 0x110000 / page_size> page_of_;
  std::vector<std::array<CharClass, page_size>> pages_;
};

}  // namespace convoke
