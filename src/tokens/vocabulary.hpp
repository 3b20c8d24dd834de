#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace convoke {

using TokenId = std::uint32_t;
inline constexpr TokenId no_token = 0xffffffff;

/// The tokens of one encoding: the bytes of each, and which two tokens it is merged from. A token's id is its rank: of
/// two possible merges, the one that makes the lower id comes first. Immutable, some 8 MB.
class Vocabulary {
 public:
  /// Unpacks what tools/make_vocabulary.py has made (its head describes the form). It comes from this program itself,
  /// so damage is a bug and throws.
  explicit Vocabulary(std::span<const char> packed);

  std::size_t size() const { return lefts_.size(); }
  std::string_view bytes(TokenId token) const {
    return {bytes_.data() + starts_[token], starts_[token + 1] - starts_[token]};
  }
  std::size_t length(TokenId token) const { return starts_[token + 1] - starts_[token]; }

  /// The token with exactly these bytes, or `no_token`.
  TokenId find(std::string_view bytes) const;
  /// The longest token that `text`, which is not empty, begins with. There always is one: every byte is a token.
  TokenId longest_prefix(std::string_view text) const;
  /// The longest token that `token` begins with, other than itself; `no_token` for a single byte.
  TokenId shorter_prefix(TokenId token) const { return prefixes_[token]; }
  /// Whether merging leaves `left` and `right` as they are when they stand side by side.
  bool stay_apart(TokenId left, TokenId right) const;

 private:
  /// An open hash table of token ids. Each slot holds some bits of the hash besides, which spare most comparisons.
  class IdTable {
   public:
    void insert(std::uint64_t hash, TokenId token);
    template <class IsIt>
    TokenId find(std::uint64_t hash, IsIt&& is_it) const;

   private:
    static constexpr unsigned slot_bits = 19;
    static constexpr unsigned id_bits = 18;
    static constexpr std::uint32_t empty = 0xffffffff;
    std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(1U << slot_bits, empty);
  };

  void index_bytes();
  void index_prefixes();
  void index_pairs(std::span<const unsigned char> left_lengths);
  TokenId merged(TokenId left, TokenId right) const;

  std::vector<char> bytes_;            ///< of all tokens, one after the other
  std::vector<std::uint32_t> starts_;  ///< in `bytes_`, and the end of the last
  std::vector<TokenId> lefts_;         ///< a single byte is its own left and right
  std::vector<TokenId> rights_;
  std::vector<TokenId> prefixes_;
  IdTable by_bytes_;
  IdTable by_parts_;
  /// Which lengths tokens have that begin with the same three bytes (hashed): bit n for n + 1 bytes, bit 63 for 64 and
  /// more.
  std::vector<std::uint64_t> lengths_;
  std::size_t longest_ = 0;
};

}  // namespace convoke
