#pragma once
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "tokens/byte_hash.hpp"

namespace convoke {

/// The text of a short piece with its length, as a value of `words` times eight bytes. The uppermost byte holds the
/// length and leaves room for a count: in two words the upper half of that byte, in more the byte below it.
template <std::size_t words>
struct PieceKey {
  static constexpr std::size_t max_length = 8 * words - (words == 2 ? 1 : 2);

  /// `readable` is how many bytes may be read at `at`: `length` (at most `max_length`) or more.
  [[gnu::always_inline]] PieceKey(const char* at, std::size_t length, std::size_t readable) {
    char bytes[8 * words];
    if (readable < sizeof bytes) {
      std::memset(bytes, 0, sizeof bytes);
      std::memcpy(bytes, at, length);
      at = bytes;
    }
    const char* const mask = ones_then_zeros.data() + sizeof bytes - length;
    for (std::size_t i = 0; i < words; ++i) {
      word[i] = load<std::uint64_t>(at + 8 * i) & load<std::uint64_t>(mask + 8 * i);
    }
    word[words - 1] |= static_cast<std::uint64_t>(length) << 56;
  }

  std::uint64_t hash() const {
    std::uint64_t sum = word[0];
    for (std::size_t i = 1; i < words; ++i) sum = (sum * 0x9e3779b97f4a7c15) ^ (sum >> 29) ^ word[i];
    sum ^= sum >> 32;
    return sum * 0xd6e8feb86659fd93;
  }

  std::array<std::uint64_t, words> word;

 private:
  /// Read from the right place this masks any length.
  static constexpr auto ones_then_zeros = [] {
    std::array<char, 16 * words> bytes{};
    for (std::size_t i = 0; i < 8 * words; ++i) bytes[i] = '\xff';
    return bytes;
  }();
};

/// How many tokens the pieces seen lately have. Two places per piece; the one that was found last stays.
template <std::size_t words, unsigned set_bits>
class PieceCounts {
 public:
  using Key = PieceKey<words>;

  /// 0: not here.
  [[gnu::always_inline]] std::size_t find(const Key& key, std::uint64_t hash) {
    Set& set = sets_[hash >> (64 - set_bits)];
    if (is(set[0], key)) return count_of(set[0]);
    if (!is(set[1], key)) return 0;
    std::swap(set[0], set[1]);
    return count_of(set[0]);
  }
  /// Leaves out counts that the key has no room for.
  void insert(const Key& key, std::uint64_t hash, std::size_t count) {
    if (count > max_count) return;
    Set& set = sets_[hash >> (64 - set_bits)];
    // What was found before stays: of pieces that come round in turn, some are always here.
    Entry& place = set[0][words - 1] == 0 ? set[0] : set[1];
    place = key.word;
    place[words - 1] |= static_cast<std::uint64_t>(count) << count_shift;
  }

 private:
  using Entry = std::array<std::uint64_t, words>;
  using Set = std::array<Entry, 2>;
  static constexpr unsigned count_shift = words == 2 ? 60 : 48;
  static constexpr std::size_t max_count = words == 2 ? 15 : 255;

  [[gnu::always_inline]] static std::size_t count_of(const Entry& entry) {
    return entry[words - 1] >> count_shift & max_count;
  }
  [[gnu::always_inline]] static bool is(const Entry& entry, const Key& key) {
    std::uint64_t difference = (entry[words - 1] ^ key.word[words - 1]) & ~(std::uint64_t{max_count} << count_shift);
    for (std::size_t i = 0; i + 1 < words; ++i) difference |= entry[i] ^ key.word[i];
    return difference == 0;
  }

  struct Free {
    void operator()(Set* sets) const { std::free(sets); }
  };
  /// Zeros from the system, which take no memory until they are written to.
  static Set* allocate() {
    void* zeros = std::calloc(std::size_t{1} << set_bits, sizeof(Set));
    if (!zeros) throw std::bad_alloc();
    return static_cast<Set*>(zeros);
  }
  std::unique_ptr<Set[], Free> sets_{allocate()};
};

/// One thread's memory of piece counts, in front of a vocabulary that no core's own cache could hold: 7 MB at most, of
/// which a text touches what it needs. Most scripts take two or three bytes a letter, hence the long ones.
struct PieceCache {
  PieceCounts<2, 17> up_to_15_bytes;
  PieceCounts<4, 15> up_to_30_bytes;
  PieceCounts<8, 13> up_to_62_bytes;
};

}  // namespace convoke
