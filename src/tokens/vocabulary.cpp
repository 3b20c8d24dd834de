#include "tokens/vocabulary.hpp"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "tokens/byte_hash.hpp"

namespace convoke {
namespace {

constexpr unsigned lengths_bits = 16;

std::vector<char> unpack(std::span<const char> packed) {
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    throw std::logic_error("an embedded vocabulary is damaged");
  }
  std::vector<char> plain(size);
  if (ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size()) != size) {
    throw std::logic_error("an embedded vocabulary is damaged");
  }
  return plain;
}

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

void Vocabulary::IdTable::insert(std::uint64_t hash, TokenId token) {
  std::size_t slot = hash >> (64 - slot_bits);
  while (slots_[slot] != empty) slot = (slot + 1) % slots_.size();
  slots_[slot] = static_cast<std::uint32_t>(hash << id_bits) | token;
}

template <class IsIt>
TokenId Vocabulary::IdTable::find(std::uint64_t hash, IsIt&& is_it) const {
  constexpr std::uint32_t id_mask = (1U << id_bits) - 1;
  const auto tag = static_cast<std::uint32_t>(hash << id_bits);
  for (std::size_t slot = hash >> (64 - slot_bits);; slot = (slot + 1) % (std::size_t{1} << slot_bits)) {
    const std::uint32_t entry = slots_[slot];
    if (entry == empty) return no_token;
    if ((entry & ~id_mask) == tag && is_it(entry & id_mask)) return entry & id_mask;
  }
}

Vocabulary::Vocabulary(std::span<const char> packed) {
  const std::vector<char> plain = unpack(packed);
  const std::size_t count = load<std::uint32_t>(plain.data());
  const auto* const lengths = reinterpret_cast<const unsigned char*>(plain.data()) + sizeof(std::uint32_t);
  starts_.reserve(count + 1);
  starts_.push_back(0);
  for (std::size_t i = 0; i < count; ++i) {
    starts_.push_back(starts_.back() + lengths[i]);
    longest_ = std::max<std::size_t>(longest_, lengths[i]);
  }
  bytes_.assign(plain.end() - starts_.back(), plain.end());
  lefts_.resize(count);
  rights_.resize(count);
  prefixes_.resize(count, no_token);
  lengths_.resize(std::size_t{1} << lengths_bits);
  index_bytes();
  index_prefixes();
  index_pairs({lengths + count, count});
}

void Vocabulary::index_bytes() {
  for (TokenId token = 0; token < size(); ++token) {
    const std::string_view text = bytes(token);
    by_bytes_.insert(hash_bytes(text.data(), text.size()), token);
    if (text.size() >= 3)
      lengths_[lengths_slot(text.data())] |= std::uint64_t{1} << (std::min<std::size_t>(text.size(), 64) - 1);
  }
}

void Vocabulary::index_prefixes() {
  for (TokenId token = 0; token < size(); ++token) {
    const std::string_view text = bytes(token);
    if (text.size() > 1) prefixes_[token] = longest_prefix(text.substr(0, text.size() - 1));
  }
}

void Vocabulary::index_pairs(std::span<const unsigned char> left_lengths) {
  for (TokenId token = 0; token < size(); ++token) {
    const std::string_view text = bytes(token);
    const std::size_t left_length = left_lengths[token];
    if (left_length == 0) {
      lefts_[token] = rights_[token] = token;
      continue;
    }
    lefts_[token] = find(text.substr(0, left_length));
    rights_[token] = find(text.substr(left_length));
    by_parts_.insert(hash_pair(lefts_[token], rights_[token]), token);
  }
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

}  // namespace convoke
