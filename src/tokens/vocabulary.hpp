#pragma once
#include <bit>
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
/// two possible merges, the one that makes the lower id comes first. A view of tables that somebody else holds; they
/// are made when the program is built, so that the first use costs no more than the pages it touches.
class Vocabulary {
 public:
  /// Looks at what `tables_of` has made, which must outlive it. It comes from this program itself, so damage is a bug.
  explicit Vocabulary(std::span<const char> tables);

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
  friend class VocabularyTables;

  /// An open hash table of token ids, twice as large as it has to be. Each slot holds some bits of the hash besides,
  /// which spare most comparisons.
  struct IdTable {
    static constexpr unsigned id_bits = 18;
    static constexpr std::uint32_t empty = 0xffffffff;
    template <class IsIt>
    TokenId find(std::uint64_t hash, IsIt&& is_it) const;
    std::size_t slot_of(std::uint64_t hash) const { return hash >> (64 - std::bit_width(slots.size() - 1)); }

    std::span<const std::uint32_t> slots;
  };

  Vocabulary() = default;
  TokenId merged(TokenId left, TokenId right) const;

  std::span<const char> bytes_;            ///< of all tokens, one after the other
  std::span<const std::uint32_t> starts_;  ///< in `bytes_`, and the end of the last
  std::span<const TokenId> lefts_;         ///< a single byte is its own left and right
  std::span<const TokenId> rights_;
  std::span<const TokenId> prefixes_;
  IdTable by_bytes_;
  IdTable by_parts_;
  /// Which lengths tokens have that begin with the same three bytes (hashed): bit n for n + 1 bytes, bit 63 for 64 and
  /// more.
  std::span<const std::uint64_t> lengths_;
  std::size_t longest_ = 0;
};

/// The tables of a vocabulary, made of what tools/make_vocabulary.py has made (its head describes the form), for a
/// processor like this one. Takes some 20 ms. `plain` is that without its compression.
std::vector<std::uint64_t> tables_of(std::span<const char> plain);

}  // namespace convoke
