#include "tokens/vocabulary.hpp"

#include <algorithm>

#include "tokens/byte_hash.hpp"

namespace convoke {
namespace {

constexpr unsigned lengths_bits = 16;

std::uint64_t hash_pair(TokenId left, TokenId right) { return mix(static_cast<std::uint64_t>(left) << 32 | right); }

/// The place in `lengths_` for what begins with the three bytes at `at`.
std::size_t lengths_slot(const char* at) {
  const auto byte = [at](int i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])); };
  return (byte(0) << 16 | byte(1) << 8 | byte(2)) * 0x9e3779b1U >> (32 - lengths_bits);
}

/// Without a call for the short ones, which nearly all are.
bool are_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() < 8) return std::equal(a.begin(), a.end(), b.begin());
  if (a.size() > 16) return a == b;
  const auto last = a.size() - 8;
  return load<std::uint64_t>(a.data()) == load<std::uint64_t>(b.data()) &&
         load<std::uint64_t>(a.data() + last) == load<std::uint64_t>(b.data() + last);
}

}  // namespace

template <class IsIt>
TokenId Vocabulary::IdTable::find(std::uint64_t hash, IsIt&& is_it) const {
  constexpr std::uint32_t id_mask = (1U << id_bits) - 1;
  const auto tag = static_cast<std::uint32_t>(hash << id_bits);
  for (std::size_t slot = slot_of(hash);; slot = (slot + 1) & (slots.size() - 1)) {
    const std::uint32_t entry = slots[slot];
    if (entry == empty) return no_token;
    if ((entry & ~id_mask) == tag && is_it(entry & id_mask)) return entry & id_mask;
  }
}

/// What the tables begin with; each follows the one before, at a place that is a multiple of eight bytes.
struct Head {
  std::uint32_t tokens;
  std::uint32_t bytes;
  std::uint32_t slots;  ///< of each hash table
  std::uint32_t longest;
};

Vocabulary::Vocabulary(std::span<const char> tables) {
  const Head head = load<Head>(tables.data());
  const char* at = tables.data() + sizeof(Head);
  const auto take = [&at]<class T>(std::span<const T>& table, std::size_t size) {
    table = {reinterpret_cast<const T*>(at), size};
    at += (size * sizeof(T) + 7) / 8 * 8;
  };
  take(lengths_, std::size_t{1} << lengths_bits);
  take(by_bytes_.slots, head.slots);
  take(by_parts_.slots, head.slots);
  take(starts_, head.tokens + 1);
  take(lefts_, head.tokens);
  take(rights_, head.tokens);
  take(prefixes_, head.tokens);
  take(bytes_, head.bytes);
  longest_ = head.longest;
}

TokenId Vocabulary::find(std::string_view text) const {
  return by_bytes_.find(hash_bytes(text.data(), text.size()),
                        [&](TokenId token) { return are_equal(bytes(token), text); });
}

TokenId Vocabulary::longest_prefix(std::string_view text) const {
  if (text.size() >= 3) {
    std::uint64_t lengths = lengths_[lengths_slot(text.data())];
    if (text.size() < 64) lengths &= (std::uint64_t{1} << text.size()) - 1;
    std::size_t longest = std::min(text.size(), longest_);
    while (lengths != 0) {
      const auto length = static_cast<std::size_t>(std::bit_width(lengths));
      if (length < 64) longest = length;
      if (const TokenId token = find(text.substr(0, longest)); token != no_token) return token;
      if (longest <= length) lengths ^= std::uint64_t{1} << (length - 1);
      --longest;
    }
  }
  if (text.size() >= 2) {
    if (const TokenId token = find(text.substr(0, 2)); token != no_token) return token;
  }
  return find(text.substr(0, 1));
}

TokenId Vocabulary::merged(TokenId left, TokenId right) const {
  return by_parts_.find(hash_pair(left, right),
                        [&](TokenId token) { return lefts_[token] == left && rights_[token] == right; });
}

bool Vocabulary::stay_apart(TokenId left, TokenId right) const {
  // Undoes merges on either side of the border, the latest first, and asks each time whether a merge across the border
  // would have come before the one just undone.
  TokenId limit = no_token;
  for (;;) {
    if (const TokenId across = merged(left, right); across != no_token && across < limit) return false;
    const bool left_is_done = lefts_[left] == left;
    const bool right_is_done = lefts_[right] == right;
    if (left_is_done && right_is_done) return true;
    if (right_is_done || (!left_is_done && left > right)) {
      limit = left;
      left = rights_[left];
    } else {
      // Where both merges make the same token, the left one comes first.
      limit = right + 1;
      right = lefts_[right];
    }
  }
}

/// Makes the tables one after the other; each step asks what those before it have made.
class VocabularyTables {
 public:
  explicit VocabularyTables(std::span<const char> plain) {
    const std::size_t count = load<std::uint32_t>(plain.data());
    const auto* const lengths = reinterpret_cast<const unsigned char*>(plain.data()) + sizeof(std::uint32_t);
    starts_.push_back(0);
    for (std::size_t i = 0; i < count; ++i) {
      starts_.push_back(starts_.back() + lengths[i]);
      made_.longest_ = std::max<std::size_t>(made_.longest_, lengths[i]);
    }
    by_bytes_.assign(std::bit_ceil(2 * count), Vocabulary::IdTable::empty);
    by_parts_ = by_bytes_;
    made_.starts_ = starts_;
    made_.bytes_ = plain.last(starts_.back());
    made_.by_bytes_.slots = by_bytes_;
    made_.by_parts_.slots = by_parts_;
    index_bytes(count);
    index_prefixes(count);
    index_pairs({lengths + count, count});
  }

  std::vector<std::uint64_t> all() const {
    std::vector<std::uint64_t> tables;
    const auto add = [&tables](const auto& table) {
      const std::size_t before = tables.size();
      const std::size_t bytes = std::size(table) * sizeof(*std::data(table));
      tables.resize(before + (bytes + 7) / 8);
      std::memcpy(tables.data() + before, std::data(table), bytes);
    };
    const Head head[]{{static_cast<std::uint32_t>(lefts_.size()), static_cast<std::uint32_t>(made_.bytes_.size()),
                       static_cast<std::uint32_t>(by_bytes_.size()), static_cast<std::uint32_t>(made_.longest_)}};
    add(head);
    add(lengths_);
    add(by_bytes_);
    add(by_parts_);
    add(starts_);
    add(lefts_);
    add(rights_);
    add(prefixes_);
    add(made_.bytes_);
    return tables;
  }

 private:
  void insert(std::vector<std::uint32_t>& slots, const Vocabulary::IdTable& table, std::uint64_t hash, TokenId token) {
    std::size_t slot = table.slot_of(hash);
    while (slots[slot] != Vocabulary::IdTable::empty) slot = (slot + 1) % slots.size();
    slots[slot] = static_cast<std::uint32_t>(hash << Vocabulary::IdTable::id_bits) | token;
  }

  void index_bytes(std::size_t count) {
    lengths_.resize(std::size_t{1} << lengths_bits);
    made_.lengths_ = lengths_;
    for (TokenId token = 0; token < count; ++token) {
      const std::string_view text = made_.bytes(token);
      insert(by_bytes_, made_.by_bytes_, hash_bytes(text.data(), text.size()), token);
      if (text.size() >= 3)
        lengths_[lengths_slot(text.data())] |= std::uint64_t{1} << (std::min<std::size_t>(text.size(), 64) - 1);
    }
  }

  void index_prefixes(std::size_t count) {
    prefixes_.resize(count, no_token);
    for (TokenId token = 0; token < count; ++token) {
      const std::string_view text = made_.bytes(token);
      if (text.size() > 1) prefixes_[token] = made_.longest_prefix(text.substr(0, text.size() - 1));
    }
  }

  void index_pairs(std::span<const unsigned char> left_lengths) {
    for (TokenId token = 0; token < left_lengths.size(); ++token) {
      const std::string_view text = made_.bytes(token);
      const std::size_t left_length = left_lengths[token];
      lefts_.push_back(left_length == 0 ? token : made_.find(text.substr(0, left_length)));
      rights_.push_back(left_length == 0 ? token : made_.find(text.substr(left_length)));
      if (left_length != 0) insert(by_parts_, made_.by_parts_, hash_pair(lefts_[token], rights_[token]), token);
    }
  }

  Vocabulary made_;  ///< of what there is
  std::vector<std::uint32_t> starts_, by_bytes_, by_parts_;
  std::vector<TokenId> lefts_, rights_, prefixes_;
  std::vector<std::uint64_t> lengths_;
};

std::vector<std::uint64_t> tables_of(std::span<const char> plain) { return VocabularyTables(plain).all(); }

}  // namespace convoke
