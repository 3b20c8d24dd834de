#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "tokens/byte_hash.hpp"

namespace convoke {

/// The text of a piece of at most 15 bytes with its length, as a value.
struct PieceKey {
  static constexpr std::size_t max_length = 15;

  /// `readable` is how many bytes may be read at `at`, `length` or more.
  PieceKey(const char* at, std::size_t length, std::size_t readable) {
    char bytes[16] = {};
    if (readable < sizeof bytes) {
      std::memcpy(bytes, at, length);
      at = bytes;
    }
    const char* const mask = ones_then_zeros + sizeof bytes - length;
    low = load<std::uint64_t>(at) & load<std::uint64_t>(mask);
    high = (load<std::uint64_t>(at + 8) & load<std::uint64_t>(mask + 8)) | static_cast<std::uint64_t>(length) << 56;
  }

  std::uint64_t hash() const { return mix(low ^ high * 0xc2b2ae3d27d4eb4f); }

  std::uint64_t low;
  std::uint64_t high;  ///< the length in the low half of the uppermost byte; the upper half is free

 private:
  /// Sixteen bytes of ones, then zeros: read from the right place it masks any length.
  static constexpr char ones_then_zeros[33] =
      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
};

/// How many tokens the pieces seen lately have: 256 KB that stay in a core's own cache, where the vocabulary does not.
/// A newer piece takes an older one's place. Not for several threads.
class PieceCache {
 public:
  /// 0: not here.
  std::size_t find(const PieceKey& key) const {
    const Entry& entry = entries_[key.hash() >> (64 - slot_bits)];
    const bool is_it = entry.low == key.low && (entry.high & ~count_bits) == key.high;
    return is_it ? entry.high >> count_shift : 0;
  }
  /// `count` is between 1 and 15, as that of a piece of 15 bytes is.
  void insert(const PieceKey& key, std::size_t count) {
    entries_[key.hash() >> (64 - slot_bits)] = {key.low, key.high | static_cast<std::uint64_t>(count) << count_shift};
  }

 private:
  static constexpr unsigned slot_bits = 14;
  static constexpr unsigned count_shift = 60;
  static constexpr std::uint64_t count_bits = std::uint64_t{0xf} << count_shift;
  struct Entry {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };
  std::array<Entry, std::size_t{1} << slot_bits> entries_{};
};

}  // namespace convoke
