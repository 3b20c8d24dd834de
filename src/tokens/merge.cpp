#include "tokens/merge.hpp"

#include <array>

namespace convoke {
namespace {

constexpr std::size_t small = 128;

/// Merging, run the other way round. Instead of joining pairs from single bytes up, it takes the longest token at the
/// front as long as that token and the one before it are what merging would have made of their bytes; if not, it tries
/// shorter ones, and then other choices for the one before. A prefix of a merged text is merged in one way only, so a
/// place in the text that has led nowhere once is never tried again: each is left at most once, which makes it linear.
class Merge {
 public:
  /// `tokens` has room for a token per byte; `dead` has a zero bit for each place between bytes and at the ends.
  Merge(const Vocabulary& vocabulary, std::string_view piece, TokenId* tokens, std::uint64_t* dead)
      : vocabulary_(vocabulary), piece_(piece), tokens_(tokens), dead_(dead) {}

  /// Fills `tokens` and returns their number.
  std::size_t run() {
    TokenId next = vocabulary_.longest_prefix(piece_);
    while (next != no_token) next = advance(next);
    return count_;
  }

 private:
  /// Takes `token`, or one of its prefixes, or gives the last one back. Returns the first to try after that.
  TokenId advance(TokenId token) {
    for (; token != no_token; token = vocabulary_.shorter_prefix(token)) {
      const std::size_t end = at_ + vocabulary_.length(token);
      if (is_dead(end) || (count_ > 0 && !vocabulary_.stay_apart(tokens_[count_ - 1], token))) continue;
      tokens_[count_++] = token;
      at_ = end;
      return end == piece_.size() ? no_token : vocabulary_.longest_prefix(piece_.substr(end));
    }
    dead_[at_ / 64] |= std::uint64_t{1} << at_ % 64;
    const TokenId last = tokens_[--count_];
    at_ -= vocabulary_.length(last);
    return last;
  }

  bool is_dead(std::size_t place) const { return (dead_[place / 64] >> place % 64 & 1U) != 0; }

  const Vocabulary& vocabulary_;
  std::string_view piece_;
  TokenId* tokens_;
  std::uint64_t* dead_;
  std::size_t count_ = 0;
  std::size_t at_ = 0;
};

}  // namespace

std::size_t count_merged(const Vocabulary& vocabulary, std::string_view piece) {
  if (piece.size() <= small) {
    std::array<TokenId, small> tokens;
    std::array<std::uint64_t, small / 64 + 1> dead{};
    return Merge(vocabulary, piece, tokens.data(), dead.data()).run();
  }
  std::vector<TokenId> tokens(piece.size());
  std::vector<std::uint64_t> dead(piece.size() / 64 + 1);
  return Merge(vocabulary, piece, tokens.data(), dead.data()).run();
}

void append_merged(const Vocabulary& vocabulary, std::string_view piece, std::vector<TokenId>& tokens) {
  const std::size_t before = tokens.size();
  tokens.resize(before + piece.size());
  std::vector<std::uint64_t> dead(piece.size() / 64 + 1);
  tokens.resize(before + Merge(vocabulary, piece, tokens.data() + before, dead.data()).run());
}

}  // namespace convoke
