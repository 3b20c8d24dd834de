#include "tokens/pretokenizer.hpp"

#include "tokens/piece_splitter.hpp"

namespace convoke {
namespace {

using enum CharClass;

constexpr CharClassSet letters{upper, lower, uncased};
constexpr CharClassSet head_of_word{upper, uncased, mark};  // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
constexpr CharClassSet tail_of_word{lower, uncased, mark};  // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
constexpr CharClassSet symbols{other, mark};                // [^\s\p{L}\p{N}]
constexpr CharClassSet white{space, newline};               // \s
constexpr CharClassSet numbers{number};

/// The text from some place on, and the questions the patterns ask about it.
class Reader {
 public:
  Reader(const CharClasses& classes, const char* end) : classes_(classes), end_(end) {}

  Char read(const char* at) const { return classes_.read(at); }
  bool is(const char* at, CharClassSet set) const { return at != end_ && set.has(read(at).char_class); }
  bool is(const char* at, char c) const { return at != end_ && *at == c; }
  bool is_newline(const char* at) const { return is(at, '\r') || is(at, '\n'); }
  const char* end() const { return end_; }

  const char* skip(const char* at, CharClassSet set) const {
    while (at != end_) {
      const Char c = read(at);
      if (!set.has(c.char_class)) break;
      at += c.length;
    }
    return at;
  }

  /// \p{N}{1,3}
  const char* up_to_three_numbers(const char* at) const {
    for (int i = 0; i < 3 && is(at, numbers); ++i) at += read(at).length;
    return at;
  }

  /// (?i:'s|'t|'re|'ve|'m|'ll|'d)?  U+017F is an s in another case.
  const char* after_contraction(const char* at) const {
    if (end_ - at < 2 || *at != '\'') return at;
    const auto folded = [at](int i) { return static_cast<char>(at[i] | 0x20); };
    const char first = folded(1);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
    if (end_ - at < 3) return at;
    if (at[1] == '\xc5' && at[2] == '\xbf') return at + 3;
    const char second = folded(2);
    const bool is_long =
        (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l');
    return is_long ? at + 3 : at;
  }

 private:
  const CharClasses& classes_;
  const char* end_;
};

/// Where the two alternatives for a word end; null: no match.
struct WordEnds {
  const char* with_tail;  ///< head_of_word* tail_of_word+
  const char* head_only;  ///< head_of_word+ tail_of_word*, of interest only where the other does not match
};

WordEnds word_ends(const Reader& reader, const char* const start) {
  const char* at = start;
  const char* after_last_tail = nullptr;  // where the head may give a character back to the tail
  while (at != reader.end()) {
    const Char c = reader.read(at);
    if (!head_of_word.has(c.char_class)) break;
    at += c.length;
    if (c.char_class != upper) after_last_tail = at;
  }
  if (reader.is(at, CharClassSet{lower})) return {reader.skip(at, tail_of_word), nullptr};
  return {after_last_tail, at == start ? nullptr : at};
}

/// The two alternatives for words, each with and without a character before the letters, in the pattern's order.
const char* o200k_word(const Reader& reader, const char* at) {
  const Char first = reader.read(at);
  WordEnds prefixed{nullptr, nullptr};
  if (CharClassSet{other, space, mark}.has(first.char_class)) {
    prefixed = word_ends(reader, at + first.length);
    if (prefixed.with_tail) return reader.after_contraction(prefixed.with_tail);
  }
  const WordEnds plain = word_ends(reader, at);
  const char* word = plain.with_tail ? plain.with_tail : prefixed.head_only ? prefixed.head_only : plain.head_only;
  return word ? reader.after_contraction(word) : nullptr;
}

const char* cl100k_word(const Reader& reader, const char* at) {
  if (const char* after = reader.after_contraction(at); after != at) return after;
  const Char first = reader.read(at);
  if (CharClassSet{other, space, mark}.has(first.char_class)) at += first.length;
  return reader.is(at, letters) ? reader.skip(at, letters) : nullptr;
}

/// \s*[\r\n]+|\s+(?!\S)|\s+
const char* white_end(const Reader& reader, const char* const start) {
  const char* at = start;
  const char* last = start;
  const char* after_newline = nullptr;
  while (reader.is(at, white)) {
    last = at;
    const Char c = reader.read(at);
    at += c.length;
    if (c.char_class == newline) after_newline = at;
  }
  if (after_newline) return after_newline;
  return at == reader.end() || last == start ? at : last;  // the last blank goes with the word behind it
}

template <Pattern pattern>
const char* symbols_end(const Reader& reader, const char* at) {
  at = reader.skip(at, symbols);
  while (reader.is_newline(at) || (pattern == Pattern::o200k && reader.is(at, '/'))) ++at;
  return at;
}

}  // namespace

template <Pattern pattern>
const char* piece_end(const CharClasses& classes, const char* at, const char* end) {
  const Reader reader(classes, end);
  const char* const word = pattern == Pattern::o200k ? o200k_word(reader, at) : cl100k_word(reader, at);
  if (word) return word;
  if (reader.is(at, numbers)) return reader.up_to_three_numbers(at);
  const char* const symbol = *at == ' ' ? at + 1 : at;
  if (reader.is(symbol, symbols)) return symbols_end<pattern>(reader, symbol);
  // Of the two patterns only cl100k's keeps the white space that ends a text in one piece, newlines or not.
  if (pattern == Pattern::cl100k && reader.skip(at, white) == end) return end;
  return white_end(reader, at);
}

template const char* piece_end<Pattern::cl100k>(const CharClasses&, const char*, const char*);
template const char* piece_end<Pattern::o200k>(const CharClasses&, const char*, const char*);

std::vector<std::string_view> pieces_of(Pattern pattern, std::string_view text) {
  std::vector<std::string_view> pieces;
  const auto collect = [&pieces](std::string_view piece) { pieces.push_back(piece); };
  if (pattern == Pattern::o200k) {
    for_each_piece<Pattern::o200k>(text, collect);
  } else {
    for_each_piece<Pattern::cl100k>(text, collect);
  }
  return pieces;
}

}  // namespace convoke
