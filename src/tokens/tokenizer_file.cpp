#include "tokens/tokenizer_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tokens/char_class.hpp"
#include "tokens/nfc.hpp"
#include "tokens/utf8.hpp"

namespace convoke {
namespace {

std::size_t length_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

bool is_white(std::string_view text, std::size_t at) {
  const CharClass c = CharClasses::shared().read(text.data() + at).char_class;
  return c == CharClass::space || c == CharClass::newline;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const bool is_it = text.substr(at).starts_with(from);
    result += is_it ? to : text.substr(at, 1);
    at += is_it ? from.size() : 1;
  }
  return result;
}

/// The stretches of `text` that `pattern` matches and those between them, in order.
template <class Take>
void split_by(const SplitPattern& pattern, std::string_view text, Take take) {
  const char* const end = text.data() + text.size();
  const char* begin = text.data();  // of what has not been matched
  for (const char* at = begin; at < end;) {
    const char* const after = pattern.match(at, end);
    if (!after || after == at) {
      at += length_at(text, static_cast<std::size_t>(at - text.data()));
      continue;
    }
    if (begin < at) take(std::string_view(begin, static_cast<std::size_t>(at - begin)), false);
    take(std::string_view(at, static_cast<std::size_t>(after - at)), true);
    begin = at = after;
  }
  if (begin < end) take(std::string_view(begin, static_cast<std::size_t>(end - begin)), false);
}

}  // namespace

std::vector<std::string> FileTokenizer::cut(const PreTokenizer& by, std::vector<std::string> pieces, bool is_first) {
  std::vector<std::string> made;
  const auto split = [&](const Split& how, const std::string& piece) {
    bool joins_next = false;
    bool was_plain = false;
    split_by(how.pattern, piece, [&](std::string_view part, bool is_match) {
      is_match = is_match != how.is_inverted;
      using enum Split::Behaviour;
      if (is_match && how.behaviour == removed) return;
      const bool joins_last = joins_next || (is_match && how.behaviour == merged_with_previous && was_plain);
      if (joins_last) {
        made.back() += part;
      } else {
        made.emplace_back(part);
      }
      joins_next = is_match && how.behaviour == merged_with_next;
      was_plain = !is_match;
    });
  };
  const auto mark_spaces = [&](const Metaspace& how, std::string piece, bool is_front) {
    piece = replaced(piece, " ", how.replacement);
    using enum Metaspace::Prepended;
    const bool prepends = how.prepended == always || (how.prepended == first && is_front);
    if (prepends && !piece.starts_with(how.replacement)) piece.insert(0, how.replacement);
    if (!how.splits) return made.push_back(std::move(piece));
    // A piece begins with each mark.
    for (std::size_t at = 0; at < piece.size();) {
      const std::size_t next = std::min(piece.find(how.replacement, at + 1), piece.size());
      made.push_back(piece.substr(at, next - at));
      at = next;
    }
  };
  for (std::string& piece : pieces) {
    std::visit(Overloaded{
                   [&](const Split& how) { split(how, piece); },
                   [&](const Metaspace& how) { mark_spaces(how, std::move(piece), is_first && made.empty()); },
                   [&](const PrefixSpace&) { made.push_back(piece.starts_with(' ') ? piece : " " + piece); },
               },
               by);
  }
  return made;
}

void FileTokenizer::encode_piece(std::string_view piece, std::vector<TokenId>& tokens) const {
  if (takes_whole_pieces_) {
    if (const TokenId whole = rules_.find(piece); whole != no_token) return tokens.push_back(whole);
  }
  std::vector<TokenId> parts;
  bool last_was_unknown = false;
  for (std::size_t at = 0; at < piece.size();) {
    const std::size_t length = is_byte_level_ ? 1 : length_at(piece, at);
    const std::string_view character = piece.substr(at, length);
    at += length;
    TokenId token = rules_.find(character);
    const bool is_unknown = token == no_token;
    if (is_unknown && falls_back_to_bytes_) {
      std::vector<TokenId> bytes;
      for (const char c : character)
        bytes.push_back(rules_.find(fmt::format("<0x{:02X}>", static_cast<unsigned char>(c))));
      if (std::ranges::find(bytes, no_token) == bytes.end()) {
        parts.insert(parts.end(), bytes.begin(), bytes.end());
        last_was_unknown = false;
        continue;
      }
    }
    if (is_unknown) token = unknown_;
    const bool is_joined = is_unknown && joins_unknown_ && last_was_unknown;
    last_was_unknown = is_unknown;
    if (token != no_token && !is_joined) parts.push_back(token);
  }
  rules_.merge(parts);
  tokens.insert(tokens.end(), parts.begin(), parts.end());
}

/// Text between two added tokens.
void FileTokenizer::encode_stretch(std::string_view text, bool is_first, std::vector<TokenId>& tokens) const {
  if (text.empty()) return;
  std::string changed(text);
  for (const Normalizer& normalizer : normalizers_) {
    std::visit(Overloaded{
                   [&](const Prepend& p) { changed.insert(0, p.text); },
                   [&](const Replace& r) { changed = replaced(changed, r.from, r.to); },
                   [&](const Compose&) { changed = to_nfc(changed); },
               },
               normalizer);
  }
  std::vector<std::string> pieces{std::move(changed)};
  for (const PreTokenizer& by : pre_tokenizers_) pieces = cut(by, std::move(pieces), is_first);
  for (const std::string& piece : pieces) encode_piece(piece, tokens);
}

const FileTokenizer::AddedToken* FileTokenizer::added_at(std::string_view text, std::size_t at) const {
  const auto is_word_at = [&](std::size_t i) {
    const CharClass c = CharClasses::shared().read(text.data() + i).char_class;
    return c == CharClass::upper || c == CharClass::lower || c == CharClass::uncased || c == CharClass::mark ||
           c == CharClass::number || text[i] == '_';
  };
  if (!added_begin_[static_cast<unsigned char>(text[at])]) return nullptr;
  for (const AddedToken& token : added_) {
    if (!text.substr(at).starts_with(token.text)) continue;
    if (token.is_word) {
      std::size_t before = at;
      while (before > 0 && (static_cast<unsigned char>(text[--before]) & 0xc0) == 0x80) continue;
      const std::size_t after = at + token.text.size();
      if ((at > 0 && is_word_at(before)) || (after < text.size() && is_word_at(after))) continue;
    }
    return &token;
  }
  return nullptr;
}

std::vector<TokenId> FileTokenizer::encode(std::string_view text) const {
  if (!is_valid_utf8(text)) return encode(replace_invalid_utf8(text));
  std::vector<TokenId> tokens;
  std::size_t begin = 0;  // of the stretch that is no added token
  for (std::size_t at = 0; at < text.size() && !added_.empty();) {
    const AddedToken* added = added_at(text, at);
    if (!added) {
      at += length_at(text, at);
      continue;
    }
    std::size_t stretch_end = at;
    std::size_t after = at + added->text.size();
    if (added->takes_left) {
      while (stretch_end > begin) {
        std::size_t before = stretch_end - 1;
        while (before > begin && (static_cast<unsigned char>(text[before]) & 0xc0) == 0x80) --before;
        if (!is_white(text, before)) break;
        stretch_end = before;
      }
    }
    while (added->takes_right && after < text.size() && is_white(text, after)) after += length_at(text, after);
    encode_stretch(text.substr(begin, stretch_end - begin), begin == 0, tokens);
    tokens.push_back(added->token);
    begin = at = after;
  }
  encode_stretch(text.substr(begin), begin == 0, tokens);
  return tokens;
}

std::int64_t FileTokenizer::count(std::string_view text) const { return std::ssize(encode(text)); }

}  // namespace convoke
