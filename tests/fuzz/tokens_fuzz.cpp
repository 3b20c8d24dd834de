// Whatever the bytes: the tokens spell the text, their number is the count, and they are what merging pairs one by one
// makes of each piece; pieces are the same whether they are found by the window or one character after the other.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tokens/exact_tokenizer.hpp"
#include "tokens/utf8.hpp"

namespace {

using namespace convoke;

void demand(bool holds) {
  if (!holds) std::abort();
}

/// As the definition has it: of all pairs, join the one that makes the lowest token; the leftmost of several.
std::vector<TokenId> merge_one_by_one(const Vocabulary& vocabulary, std::string_view piece) {
  if (const TokenId whole = vocabulary.find(piece); whole != no_token) return {whole};
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < piece.size(); ++i) parts.push_back(piece.substr(i, 1));
  for (;;) {
    TokenId best = no_token;
    std::size_t place = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const TokenId joined = vocabulary.find({parts[i].data(), parts[i].size() + parts[i + 1].size()});
      if (joined < best) best = joined, place = i;
    }
    if (best == no_token) break;
    parts[place] = {parts[place].data(), parts[place].size() + parts[place + 1].size()};
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
  std::vector<TokenId> tokens;
  for (const std::string_view part : parts) tokens.push_back(vocabulary.find(part));
  return tokens;
}

template <Pattern pattern>
std::vector<std::string_view> pieces_one_by_one(std::string_view text) {
  std::vector<std::string_view> pieces;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const char* const next = piece_end<pattern>(CharClasses::shared(), at, end);
    pieces.emplace_back(at, static_cast<std::size_t>(next - at));
    at = next;
  }
  return pieces;
}

void check(const ExactTokenizer& tokenizer, std::string_view text, const std::vector<std::string_view>& pieces) {
  demand(pieces_of(tokenizer.pattern(), text) == pieces);
  std::vector<TokenId> expected;
  for (const std::string_view piece : pieces) {
    const auto tokens = merge_one_by_one(tokenizer.vocabulary(), piece);
    expected.insert(expected.end(), tokens.begin(), tokens.end());
  }
  demand(tokenizer.encode(text) == expected);
  demand(tokenizer.count(text) == static_cast<std::int64_t>(expected.size()));
  std::string spelled;
  for (const TokenId token : expected) spelled += tokenizer.vocabulary().bytes(token);
  demand(spelled == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = convoke::replace_invalid_utf8({reinterpret_cast<const char*>(data), size});
  demand(convoke::is_valid_utf8(text));
  check(convoke::o200k_base(), text, pieces_one_by_one<convoke::Pattern::o200k>(text));
  check(convoke::cl100k_base(), text, pieces_one_by_one<convoke::Pattern::cl100k>(text));
  return 0;
}
